"""Every lesson in JupyterLab, as a learner meets it: opened, run, saved, answered."""

import nbformat
import pytest

pytest.importorskip("axe_playwright_python", reason="pip install -e '.[browser]'")

from axe_playwright_python.sync_playwright import Axe
from lab import (
    command,
    jupyterlab,
    new_page,
    open_notebook,
    run_all_and_save,
    type_into,
    wait_for_kernel,
    watch,
)

from tutorial.project import find_lessons, start_page
from tutorial.refresh import contract_copy, contract_folder, is_data_lesson

# What is on the page of the cell that draws the live curve, each time something changes there.
FOLLOW = """() => {
  window.curve = {pictures: [], heights: []};
  const cells = jupyterapp.shell.currentWidget.content.widgets;
  const node = cells.find(cell => cell.model.sharedModel.source.includes('as curve:')).node;
  new MutationObserver(() => {
    const picture = node.querySelector('img');
    if (!picture || window.curve.pictures.includes(picture.src)) return;
    window.curve.pictures.push(picture.src);
    window.curve.heights.push(picture.closest('.jp-OutputArea-child').offsetHeight);
  }).observe(node, {subtree: true, childList: true, attributes: true});
}"""


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("learner")


@pytest.fixture(scope="module")
def address(chromium, home):
    with jupyterlab(home) as address:
        for lesson in find_lessons():
            notebook = nbformat.read(lesson, as_version=4)
            if is_data_lesson(notebook):
                nbformat.write(contract_copy(notebook), home / "my-lessons" / lesson.name)
        yield address


@pytest.fixture
def page(chromium, address):
    page = new_page(chromium, viewport={"width": 1200, "height": 1000})
    errors, outside = watch(page)
    yield page
    page.evaluate("async () => { await jupyterapp.serviceManager.sessions.shutdownAll() }")
    page.close()
    assert not errors
    assert not outside


def saved(home, name):
    cells = nbformat.read(home / "my-lessons" / name, as_version=4).cells
    return [cell for cell in cells if cell.cell_type == "code"]


@pytest.mark.parametrize("lesson", find_lessons(), ids=lambda lesson: lesson.stem)
def test_every_cell_runs_and_the_saved_notebook_holds_the_outputs(page, address, home, lesson):
    open_notebook(page, address, lesson.name)
    run_all_and_save(page)
    cells = saved(home, lesson.name)
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    outputs = [output for cell in cells for output in cell.outputs]
    assert not [out for out in outputs if out.output_type == "error" or out.get("name") == "stderr"]
    copy = contract_folder() / lesson.name
    stored = nbformat.read(copy if copy.exists() else lesson, as_version=4)
    stored = [cell for cell in stored.cells if cell.cell_type == "code"]
    assert [bool(cell.outputs) for cell in cells] == [bool(cell.outputs) for cell in stored]


def watch_the_curve(page, address, name):
    """Run a notebook; return what its live curve looked like on the way."""
    open_notebook(page, address, name)
    page.evaluate(FOLLOW)
    run_all_and_save(page)
    return page.evaluate("window.curve")


def test_the_live_curve_of_lesson_06_moves_in_sight_and_keeps_its_place(page, address, home):
    lesson = find_lessons(["06"])[0]
    copy = home / "my-lessons" / "curve_06.ipynb"
    notebook = contract_copy(nbformat.read(lesson, as_version=4))
    loop = next(i for i, cell in enumerate(notebook.cells) if "as curve:" in cell.source)
    notebook.cells = notebook.cells[: loop + 1]
    longer = {
        "train_images: int = 2_000": 16_000,
        "epochs: int = 1 ": 3,
        "log_every: int = 100 ": 1000,
    }
    for words, value in longer.items():  # 12,000 steps, a point every 1,000
        cell = next(cell for cell in notebook.cells if words in cell.source)
        cell.source = cell.source.replace(words, f"{words.partition('=')[0]}= {value} ")
    nbformat.write(notebook, copy)
    page.set_viewport_size({"width": 1200, "height": 900})
    seen = watch_the_curve(page, address, copy.name)
    *shown, log = saved(home, copy.name)[-1].outputs
    assert len(log.text.splitlines()) == 13  # 12 points, and that it is finished
    assert sum("image/png" in output.data for output in shown) == 1
    assert len(seen["pictures"]) >= 8
    assert len(set(seen["heights"])) == 1
    assert seen["heights"][0] > 200
    front = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)")
    screen = front.locator(".jp-WindowedPanel-outer").bounding_box()
    cell = front.locator(".jp-CodeCell").last
    curve, code = cell.locator("img").bounding_box(), cell.bounding_box()
    assert curve["y"] + curve["height"] - code["y"] <= screen["height"]  # with the loop above it


def visible(pictures):
    """Return the numbers of those pictures that are shown."""
    return pictures.evaluate_all("all => all.flatMap((one, n) => one.offsetParent ? [n] : [])")


def test_a_slider_goes_through_its_frames_by_buttons_and_mouse(page, address, home):
    notebook = nbformat.read(find_lessons(["02"])[0], as_version=4)
    last = next(i for i, cell in enumerate(notebook.cells) if "slider(frames" in cell.source)
    notebook.cells = notebook.cells[: last + 1]
    nbformat.write(notebook, home / "my-lessons" / "frames.ipynb")
    open_notebook(page, address, "frames.ipynb")
    run_all_and_save(page)
    frames = page.locator("figure:has(input[type=range])")
    pictures, says = frames.locator("img"), frames.locator("output")
    assert visible(pictures) == [0]
    first = says.inner_text()
    frames.get_by_role("button", name="on").click()
    assert visible(pictures) == [1]
    assert says.inner_text() != first
    frames.get_by_role("button", name="back").click()
    assert visible(pictures) == [0]
    assert says.inner_text() == first
    whole = frames.get_by_role("slider").bounding_box()
    page.mouse.click(whole["x"] + whole["width"] - 3, whole["y"] + whole["height"] / 2)
    assert visible(pictures) == [pictures.count() - 1]


def test_a_wrong_answer_its_hint_and_a_right_one_in_dark_and_light(page, address):
    open_notebook(page, address, start_page().name)  # the table is there before any cell ran
    page.get_by_role("link", name="01 · Tensor creation").first.click()
    wait_for_kernel(page, "01_tensor_creation.ipynb")
    run_all_and_save(page)
    front = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)")
    front.get_by_text("☐ points").wait_for()
    exercise = front.locator(".jp-CodeCell").filter(has_text="questions.points.check")
    check = "\nquestions.points.check(points)"
    said = exercise.locator(".jp-OutputArea-output")
    cells = front.locator(".jp-CodeCell").count()

    for theme in ("Dark", "Light"):  # in one session, which ends as it began
        command(page, "apputils:change-theme", theme=f"JupyterLab {theme}")
        page.locator(f"body[data-jp-theme-name='JupyterLab {theme}']").wait_for(state="attached")

        type_into(page, exercise, "points = torch.linspace(0, 1, 10)" + check)
        said.filter(has_text="✗ points").wait_for()
        assert_accessible(page)
        exercise.get_by_text("Hint 1").click()
        exercise.get_by_text("Both ends are to be included").wait_for(state="visible")
        assert front.locator(".jp-CodeCell").count() == cells  # nothing to type, no new cell

        type_into(page, exercise, "points = torch.linspace(0, 1, 11)" + check)
        said.filter(has_text="✓ points").wait_for()
        assert_accessible(page)

    command(page, "docmanager:save")
    open_notebook(page, address, start_page().name)
    command(page, "notebook:run-all-cells")
    page.get_by_role("row", name="01 · Tensor creation").get_by_text("1 of 8").wait_for()


def assert_accessible(page):
    """Assert that axe finds nothing in any of the verdicts on the page."""
    found = Axe().run(page, context="[role=status]").response["violations"]
    assert not [(one["id"], one["nodes"][0]["html"][:200]) for one in found]


def test_jupyterlab_opens_on_the_start_page(page, address):
    page.goto(address)
    wait_for_kernel(page, start_page().name)
    assert page.get_by_role("heading", name="PyTorch, hands on").is_visible()


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_the_start_page_has_its_pictures_and_its_button_above_the_fold(page, address, theme):
    page.set_viewport_size({"width": 1440, "height": 900})
    open_notebook(page, address, start_page().name)
    page.evaluate(f"jupyterapp.commands.execute('apputils:change-theme', {{theme: '{theme}'}})")
    pictures = page.locator(".gallery img")
    pictures.last.wait_for()
    assert pictures.evaluate_all("all => all.every(one => one.complete && one.naturalWidth > 600)")
    button = page.get_by_role("link", name="with 01 · Tensor creation")
    for seen in [*pictures.all(), button]:
        box = seen.bounding_box()
        assert box["y"] + box["height"] < 876  # below it is JupyterLab's own line
    said = Axe().run(page, context=".jp-Notebook .gallery").response["violations"]
    assert not [one["id"] for one in said if one["impact"] in ("serious", "critical")]


def test_a_lesson_leads_to_the_glossary_and_the_glossary_back(page, address):
    open_notebook(page, address, "02_tensor_math.ipynb")
    page.get_by_role("link", name="glossary").click()
    words = page.locator(".jp-MarkdownViewer:visible")
    word = page.get_by_role("cell", name="broadcasting", exact=True)
    words.get_by_role("row").filter(has=word).get_by_role("link", name="02").click()
    wait_for_kernel(page, "02_tensor_math.ipynb")


def test_nothing_is_asked_and_nothing_is_cut_off_on_the_first_screen(page, address):
    page.set_viewport_size({"width": 1600, "height": 900})
    page.goto(address)
    wait_for_kernel(page, start_page().name)
    names = page.locator(".jp-DirListing-itemText")
    names.filter(has_text="01_tensor_creation.ipynb").wait_for()
    cut = (
        "nodes => nodes.filter(one => one.scrollWidth > one.clientWidth).map(one => one.innerText)"
    )
    assert not names.evaluate_all(cut)
    assert not page.get_by_text("official Jupyter news").count()
    widths = page.locator(".jp-Notebook .jp-Cell").evaluate_all(
        "all => all.map(c => c.offsetWidth)"
    )
    assert 600 < max(widths) <= 900
