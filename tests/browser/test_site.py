"""The site: built without a warning, complete, quiet on the network, open to everybody."""

import re
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

pytest.importorskip("axe_playwright_python", reason="pip install -e '.[browser]'")
pytest.importorskip("myst_nb", reason="pip install -e '.[docs]'")

from axe_playwright_python.sync_playwright import Axe
from bs4 import BeautifulSoup
from lab import watch

from tutorial.project import find_lessons

ROOT = Path(__file__).parent.parent.parent
LONGEST_BUILD = 60  # seconds
LARGEST_SITE = 15_000_000  # bytes
# In the dark only the colours are others, and a page of each kind has them all.
ONE_OF_EACH_KIND = {"index", "api", "architecture", "handbook", "06_training_loop"}
ORDER = [lesson.stem for lesson in find_lessons()]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site") / "html"
    command = [sys.executable, "-m", "sphinx", "--quiet", "--fail-on-warning", "--fresh-env"]
    begin = time.monotonic()
    done = subprocess.run([*command, ROOT / "docs", folder], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert time.monotonic() - begin < LONGEST_BUILD
    return folder


@pytest.fixture(scope="module")
def pages(site):
    found = {
        path: BeautifulSoup(path.read_text("utf-8"), "html.parser") for path in site.rglob("*.html")
    }
    assert len(found) > len(ORDER)
    return found


def test_the_site_is_light(site):
    size = sum(path.stat().st_size for path in site.rglob("*") if ".doctrees" not in path.parts)
    assert size < LARGEST_SITE


def test_every_lesson_and_every_page_around_them_is_there(site):
    lessons = {path.stem for path in (site / "lessons").glob("[0-9]*.html")}
    assert lessons == set(ORDER)
    around = {path.stem for path in site.glob("*.html")}
    assert {"index", "glossary", "teaching", "api", "performance", "reproducibility"} <= around
    assert {"architecture", "api_maintainers"} <= around


def test_every_picture_has_alternative_text(pages):
    for path, page in pages.items():
        for picture in page.find_all("img"):
            alt = picture.get("alt")
            decorates = alt == "" or "sidebar-logo" in picture.get("class", ())
            assert decorates or (alt and not re.search(r"\.(png|svg)$", alt)), (path.name, alt)
    lesson = next(page for path, page in pages.items() if path.stem == ORDER[2])
    assert any("parabola" in picture["alt"] for picture in lesson.find_all("img"))


def test_every_link_within_the_site_leads_somewhere(pages):
    anchors = {path: {tag["id"] for tag in page.find_all(id=True)} for path, page in pages.items()}
    checked = 0
    for path, page in pages.items():
        for link in page.find_all("a", href=True):
            to = urlsplit(link["href"])
            if to.scheme or not (to.path or to.fragment):
                continue
            target = (path.parent / unquote(to.path)).resolve() if to.path else path
            assert target.exists(), (path.name, link["href"])
            if to.fragment and target in anchors:
                assert unquote(to.fragment) in anchors[target], (path.name, link["href"])
            checked += 1
    assert checked > 1000


def test_the_lessons_follow_each_other(pages):
    for path, page in pages.items():
        if path.stem in ORDER[:-1]:
            following = page.find("a", class_="next-page")["href"]
            assert Path(following).stem == ORDER[ORDER.index(path.stem) + 1]


def test_no_formula_is_left_as_it_was_typed(pages):
    formulas = 0
    for path, page in pages.items():
        formulas += len(page.find_all("math"))
        for code in page.find_all(["script", "style", "pre", "code"]):
            code.decompose()
        assert not re.search(r"\$[^$\s]|\\frac|\\cdot", page.get_text()), path.name
    assert formulas > 20


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_accessible_and_asks_nobody_outside(chromium, site, scheme):
    page = chromium.new_page(color_scheme=scheme, viewport={"width": 1300, "height": 900})
    errors, outside = watch(page)
    found = []
    for path in sorted(site.rglob("*.html")):
        page.goto(path.as_uri())
        if scheme == "dark" and path.stem not in ONE_OF_EACH_KIND:
            continue
        for violation in Axe().run(page).response["violations"]:
            if violation["impact"] in ("serious", "critical"):
                where = [node["html"][:200] for node in violation["nodes"][:3]]
                found.append((path.relative_to(site).as_posix(), violation["id"], where))
    page.close()
    assert not found
    assert not errors
    assert not outside


def test_search_finds_a_lesson(chromium, site):
    page = chromium.new_page()
    page.goto(f"{(site / 'search.html').as_uri()}?q=broadcasting")
    page.locator("#search-results").get_by_role("link", name="02 · Tensor maths").first.wait_for()
    page.close()


def test_a_reader_can_choose_the_dark(chromium, site):
    page = chromium.new_page(color_scheme="light")
    page.goto((site / "index.html").as_uri())
    paper = "getComputedStyle(document.body).backgroundColor"
    bright = page.evaluate(paper)
    page.locator(".theme-toggle:visible").click()  # from «as the system» to the other one
    assert page.evaluate("document.body.dataset.theme") == "dark"
    assert page.evaluate(paper) != bright
    page.close()


def test_nothing_is_cut_off_on_a_telephone(chromium, site):
    page = chromium.new_page(viewport={"width": 390, "height": 800})
    for path in sorted(site.rglob("*.html")):
        page.goto(path.as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, path.name
    page.close()


def test_answers_to_predictions_are_folded_until_somebody_asks(chromium, site):
    page = chromium.new_page()
    asked = 0
    for stem in ORDER:
        page.goto((site / "lessons" / f"{stem}.html").as_uri())
        for box in page.locator(".admonition.predict").all():
            cell = box.locator("xpath=following::div[contains(@class, 'cell')][1]")
            output = cell.locator(".cell_output")
            assert not output.first.is_visible(), (stem, box.inner_text())
            asked += 1
        fold = page.locator("div.cell details.hide:has(.cell_output)").first
        fold.locator("summary").click()
        assert fold.locator(".cell_output").is_visible()
    page.close()
    assert asked > 40


def test_hints_and_solutions_are_folded_under_each_exercise(chromium, site):
    page = chromium.new_page()
    page.goto((site / "lessons" / f"{ORDER[0]}.html").as_uri())
    hint = page.locator("article details:not(.hide)", has=page.get_by_text("Hint 1")).first
    assert not hint.locator("p").first.is_visible()
    hint.locator("summary").click()
    assert hint.locator("p").first.is_visible()
    solution = page.locator("article details:not(.hide)", has=page.get_by_text("Solution")).first
    solution.locator("summary").click()
    assert solution.locator("pre").first.is_visible()
    page.close()


def test_a_slider_goes_through_its_frames_by_keys_and_asks_nobody(chromium, site):
    page = chromium.new_page()
    errors, outside = watch(page)
    page.goto((site / "lessons" / "03_autograd.html").as_uri())
    frames = page.locator("figure:has(input[type=range])")
    slider, says = frames.get_by_role("slider"), frames.locator("output")
    labels = [says.inner_text()]
    slider.focus()
    for _ in range(2):
        page.keyboard.press("ArrowRight")
        labels.append(says.inner_text())
    page.keyboard.press("ArrowLeft")
    assert labels[0] != labels[1] != labels[2]
    assert says.inner_text() == labels[1]
    assert frames.locator("img:visible").get_attribute("data-label") == labels[1]
    page.close()
    assert not errors
    assert not outside
