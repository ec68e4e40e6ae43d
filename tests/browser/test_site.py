"""The site: built without a warning, complete, quiet on the network, open to everybody."""

import copy
import gzip
import io
import os
import re
import subprocess
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

import nbformat
import pytest

pytest.importorskip("axe_playwright_python", reason="pip install -e '.[browser]'")
pytest.importorskip("myst_nb", reason="pip install -e '.[docs]'")

from axe_playwright_python.sync_playwright import Axe
from bs4 import BeautifulSoup
from lab import new_page, watch
from PIL import Image

from tutorial.project import find_lessons

ROOT = Path(__file__).parent.parent.parent
LONGEST_BUILD = 60  # seconds of a processor, however busy the machine is
LARGEST_SITE = 15_000_000  # bytes
LARGEST_PAGE = 600_000  # bytes, with all that it shows, text compressed as servers send it
LETTERS = 12  # pixels, the type in every figure, of which a telephone shows three quarters
BELOW = "/py-torch"  # the folder of a server in which the site may lie
ORDER = [lesson.stem for lesson in find_lessons()]
WANTED = {  # what somebody types, and the page that is to be found first
    "overfitting": "07_evaluation",
    "over-fitting": "07_evaluation",
    "backprop": "03_autograd",
    "backpropagation": "03_autograd",
    "gradient": "03_autograd",
    "learning rate": "03_autograd",
    "batch": "05_cifar10_data",
    "epoch": "05_cifar10_data",
    "normalise": "05_cifar10_data",
    "normalize": "05_cifar10_data",
    "normalization": "05_cifar10_data",
    "normalisation": "05_cifar10_data",
    "dropout": "04_models",
    "convolution": "04_models",
    "initialization": "04_models",
    "optimizer": "06_training_loop",
    "optimiser": "06_training_loop",
    "loss function": "06_training_loop",
    "confusion matrix": "07_evaluation",
    "augmentation": "08_faster_training",
    "saliency": "09_looking_inside",
    "transfer learning": "11_your_own_pictures",
    "fine-tuning": "11_your_own_pictures",
    "colour": "topic_colour",
    "color": None,  # any lesson
    "GPU": None,
    "accuracy": None,
    "batch size": None,
    "hint": None,  # and not a function of this name
    "solution": None,
}

# A colour is judged once for each ground: a token's twins in the same page look the same.
LEAVE_ONE_OF_EACH = """() => {
  const met = new Set();
  for (const span of document.querySelectorAll('pre span[class]')) {
    const ground = span.closest('.cell_output') ? 'printed' : 'typed';
    const kind = `${span.className} ${span.parentElement.className} ${ground}`;
    if (met.has(kind) && !span.children.length) span.replaceWith(span.textContent);
    met.add(kind);
  }
}"""
WIDE = """() => {
  const all = (what) => [...document.querySelectorAll(what)];
  const cells = all('div.cell');
  const after = (box) =>
    cells.find((cell) => box.compareDocumentPosition(cell) & Node.DOCUMENT_POSITION_FOLLOWING);
  const answers = all('.admonition.predict').map((box) => after(box).querySelector('.cell_output'));
  return {
    answers: answers.length,
    spoiled: answers.filter((output) => output?.checkVisibility()).length,
    copies: all('.cell_input .copybtn').length,
    copiesOfOutputs: all('.cell_output .copybtn').length,
    stops: all('.cell_output pre[tabindex]').filter((p) => p.scrollWidth <= p.clientWidth).length,
  };
}"""
NARROW = """async () => {
  for (const fold of document.querySelectorAll('details')) fold.open = true;
  const drawn = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  await drawn(); await drawn();
  const all = (what) => [...document.querySelectorAll(what)].filter((one) => one.clientWidth);
  const cut = all('pre, .table-wrapper, .figure').filter((b) => b.scrollWidth > b.clientWidth + 1);
  return {
    width: document.documentElement.scrollWidth,
    height: document.documentElement.scrollHeight,
    cut: cut.length,
    silent: cut.filter((box) => getComputedStyle(box).maskImage === 'none').length,
    small: all('article img:not(.figure > img, .sd-card-img-top, .toggler)').length,
    scales: all('.figure > img').map((i) => i.clientWidth / i.getAttribute('width')),
  };
}"""


def build(folder, **known):
    command = [sys.executable, "-m", "sphinx", "--quiet", "--fail-on-warning", "--fresh-env"]
    unknown = ("GITHUB_REPOSITORY", "GITHUB_REF_NAME", "SITE_URL")
    env = {name: value for name, value in os.environ.items() if name not in unknown} | known
    built = [*command, ROOT / "docs", folder]
    done = subprocess.run(built, capture_output=True, text=True, env=env)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site") / "html"
    before = os.times()
    build(folder)
    after = os.times()
    assert after.children_user - before.children_user < LONGEST_BUILD
    return folder


class Nested(SimpleHTTPRequestHandler):
    """Serve the site below a folder, and its page 404 at every address that is not there."""

    def log_message(self, *_):
        pass

    def translate_path(self, path):
        return super().translate_path(path.removeprefix(BELOW))

    def send_error(self, code, *_):
        page = Path(self.directory, "404.html").read_bytes()
        self.send_response(code)
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)


@pytest.fixture(scope="module")
def public(tmp_path_factory):
    """Build the site of a known repository and serve it as hosts of project pages do."""
    folder = tmp_path_factory.mktemp("public") / "html"
    handler = partial(Nested, directory=folder)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        address = f"http://127.0.0.1:{server.server_port}{BELOW}/"
        build(folder, GITHUB_REPOSITORY="ada/lessons", SITE_URL=address)
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield folder, address
        server.shutdown()


@pytest.fixture(scope="module")
def seen(chromium, site):
    """Visit each page once, in the light and the dark, on a screen and on a telephone."""
    page = new_page(chromium, color_scheme="light")
    errors, outside = watch(page)
    seen = {}
    for path in sorted(site.rglob("*.html")):
        page.emulate_media(color_scheme="light")
        page.set_viewport_size({"width": 1300, "height": 900})
        page.goto(path.as_uri())
        found = page.evaluate(WIDE)
        page.evaluate(LEAVE_ONE_OF_EACH)
        found["light"] = violations(page, {"resultTypes": ["violations"]})
        page.emulate_media(color_scheme="dark")  # where only the colours are others
        found["dark"] = violations(
            page, {"runOnly": ["color-contrast"], "resultTypes": ["violations"]}
        )
        page.set_viewport_size({"width": 390, "height": 800})
        seen[path.relative_to(site).as_posix()] = found | page.evaluate(NARROW)
    page.close()
    assert not errors
    assert not outside
    return seen


def violations(page, options):
    found = Axe().run(page, options=options).response["violations"]
    return [
        (one["id"], [node["html"][:200] for node in one["nodes"][:3]])
        for one in found
        if one["impact"] in ("serious", "critical")
    ]


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
        page = copy.copy(page)
        for code in page.find_all(["script", "style", "pre", "code"]):
            code.decompose()
        assert not re.search(r"\$[^$\s]|\\frac|\\cdot", page.get_text()), path.name
    assert formulas > 20


def test_a_reader_can_choose_the_dark(chromium, site):
    page = new_page(chromium, color_scheme="light")
    page.goto((site / "index.html").as_uri())
    paper = "getComputedStyle(document.body).backgroundColor"
    bright = page.evaluate(paper)
    page.locator(".theme-toggle:visible").click()  # from «as the system» to the other one
    assert page.evaluate("document.body.dataset.theme") == "dark"
    assert page.evaluate(paper) != bright
    page.close()


def test_hints_and_solutions_are_folded_under_each_exercise(chromium, site):
    page = new_page(chromium)
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
    page = new_page(chromium)
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


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_accessible_and_asks_nobody_outside(seen, scheme):
    assert {name: found[scheme] for name, found in seen.items() if found[scheme]} == {}


def test_nothing_is_cut_off_without_a_sign_on_a_telephone(seen):
    assert {name: found["width"] for name, found in seen.items() if found["width"] > 390} == {}
    assert {name: found["silent"] for name, found in seen.items() if found["silent"]} == {}
    assert sum(found["cut"] for found in seen.values()) > 100


def test_figures_can_be_read_on_a_telephone(seen):
    scales = [scale for found in seen.values() for scale in found["scales"]]
    assert len(scales) > 60
    assert LETTERS * min(scales) >= 9
    assert {name: found["small"] for name, found in seen.items() if found["small"]} == {}


def test_the_glossary_is_short_on_a_telephone(seen):
    assert seen["glossary.html"]["height"] < 6_000


def test_answers_to_predictions_are_folded(seen):
    assert sum(found["answers"] for found in seen.values()) > 40
    assert {name: found["spoiled"] for name, found in seen.items() if found["spoiled"]} == {}


def test_what_was_printed_has_no_copy_buttons_and_no_stops(seen):
    assert seen[f"lessons/{ORDER[0]}.html"]["copies"] > 10
    assert sum(found["copiesOfOutputs"] + found["stops"] for found in seen.values()) == 0


def sent(file):
    content = file.read_bytes()
    is_text = file.suffix in (".html", ".css", ".js", ".svg")
    return len(gzip.compress(content, 6) if is_text else content)


def test_a_page_weighs_little(pages, site):
    for path, page in pages.items():
        named = [tag.get("src") or tag.get("href") for tag in page.select("img, script, link")]
        files = {(path.parent / urlsplit(name).path).resolve() for name in named if name}
        shown = [file for file in files if file.suffix not in (".html", "") and file.exists()]
        weight = sum(map(sent, [path, *shown]))
        assert weight <= LARGEST_PAGE, (path.name, weight)


def test_the_first_screen_shows_the_result_and_the_way_in(chromium, site, pages):
    page = new_page(chromium, color_scheme="dark", viewport={"width": 1440, "height": 900})
    page.goto((site / "index.html").as_uri())

    def box(what):
        return page.locator(what).first.bounding_box()

    result = page.locator(".result")
    assert "85 s → 0.9 s" in result.inner_text()  # benchmarks/results/accuracy.json
    assert box(".result")["y"] + box(".result")["height"] < 900
    assert box(".sd-card")["y"] < 860
    above = page.evaluate("""() => [...document.querySelectorAll('article p, article a')]
        .filter(one => one.getBoundingClientRect().bottom < 900).map(p => p.innerText).join()""")
    for answer in ("notebooks that you run", "You will write", "minutes", "You need", "Begin here"):
        assert answer in above
    left = box(".page-index section > p")["x"]
    assert all(abs(box(what)["x"] - left) <= 1 for what in (".sd-card", ".sd-btn", ".result"))
    hero = Image.open(io.BytesIO(page.locator("img.only-dark[alt^=Twelve]").screenshot()))
    assert sum(hero.convert("L").histogram()[level] * level for level in range(256)) < (
        0.5 * 255 * hero.width * hero.height
    )
    page.close()


def test_a_card_says_what_one_learns_and_how_long_it_takes(pages, site):
    cards = pages[site / "index.html"].select(".sd-card")
    assert len(cards) == len(ORDER)
    for lesson, card in zip(find_lessons(), cards, strict=True):
        said = nbformat.read(lesson, as_version=4).cells[0].source
        minutes = re.search(r"\| (\d+) to read", said)[1]
        assert f"{minutes} min to read" in card.get_text(" ", strip=True)
        learnt = card.select_one(".sd-card-body .sd-card-text").get_text().rstrip(".").lower()
        assert learnt.replace("`", "") in said.lower().replace("`", "")


def test_the_readme_begins_with_the_result_and_what_to_type():
    begin = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()[:45]
    text = "\n".join(begin)
    for answer in (
        "executable notebooks",
        "tells a frog",
        "You will write",
        "minutes",
        "You need Python",
        "make lab",
    ):
        assert answer in text
    assert "make lab" in text[text.index("```") :].split("```")[1]
    for page in ("docs/teaching.md", "docs/batch.md", "CONTRIBUTING.md"):
        assert f"]({page})" in text[: text.index("## Begin")]
    pictures = re.findall(r'(?:srcset|src)="([^"]+)"', text)
    assert len(pictures) == 2
    light, dark = (Image.open(ROOT / name) for name in reversed(pictures))
    assert light.size == dark.size
    assert (
        dark.convert("RGBA").getchannel("A").getextrema()[0] == 0
    )  # whatever the dark is, it shines through


def test_type_and_grounds_belong_together_in_the_dark(chromium, site):
    page = new_page(
        chromium,
        color_scheme="dark",
        reduced_motion="reduce",
        viewport={"width": 1300, "height": 900},
    )
    page.goto((site / "lessons" / f"{ORDER[5]}.html").as_uri())

    def style(what, name, first="first"):
        found = getattr(page.locator(what), first)
        return found.evaluate(f"node => getComputedStyle(node).{name}")

    def light(what):
        return sum(map(int, re.findall(r"\d+", style(what, "color"))[:3]))

    assert float(style(".cell_input pre", "fontSize")[:-2]) >= 0.84 * 16
    assert style("article h2", "fontSize") == "25.6px"
    assert float(style(".cell_output em", "fontSize")[:-2]) <= 14
    assert light(".cell_input .c1") < min(light(".cell_input .mi"), light(".cell_input pre"))
    assert style(".cell_input .highlight", "backgroundColor") != "rgba(0, 0, 0, 0)"
    assert style(".cell_output .highlight", "backgroundColor") == "rgba(0, 0, 0, 0)"
    assert style("html", "scrollBehavior") == "auto"
    for picture in page.locator(".figure > img:visible").all():
        inner, outer = picture.bounding_box(), picture.locator("xpath=..").bounding_box()
        centre = inner["x"] + inner["width"] / 2 - outer["x"] - outer["width"] / 2
        assert abs(centre) <= 1
    title = page.locator(".sidebar-brand-text")
    assert title.bounding_box()["height"] < 2 * float(style(".sidebar-brand-text", "fontSize")[:-2])
    page.close()


def test_a_lesson_can_be_printed(chromium, site):
    page = new_page(chromium, color_scheme="dark", viewport={"width": 718, "height": 1000})
    page.goto((site / "lessons" / f"{ORDER[1]}.html").as_uri())
    page.emulate_media(media="print")
    assert not page.locator(".skip-to-content").is_visible()  # else it lies over every sheet
    assert page.locator("summary:visible").count() == 0  # nobody unfolds paper
    assert page.locator("img.plain").first.evaluate("i => getComputedStyle(i).filter") == "none"
    cut = "all => all.filter((pre) => pre.scrollWidth > pre.clientWidth + 1).length"
    assert page.locator("article pre:visible").evaluate_all(cut) == 0
    page.close()


def test_search_finds_the_right_lesson_however_a_word_is_spelled(chromium, site):
    page = new_page(chromium)
    for words, wanted in WANTED.items():
        page.goto(f"{(site / 'search.html').as_uri()}?q={words}")
        page.locator("#search-results a[href*='lessons/']").first.wait_for()
        first = page.locator("#search-results li a").first.get_attribute("href")
        assert first.startswith(f"lessons/{wanted or ''}"), words
    page.close()


def test_every_lesson_can_be_downloaded(pages):
    for path, page in pages.items():
        if path.stem in ORDER:
            link = page.select_one(".ways-in a")["href"]
            assert Path(link).stem == path.stem
            notebook = nbformat.read(path.parent / link, as_version=4)
            nbformat.validate(notebook)
            assert not any(cell.get("outputs") for cell in notebook.cells)


def test_addresses_are_there_where_they_are_known(pages, site, public):
    hosts = ("github.com", "colab.research.google.com", "mybinder.org")
    for path, page in pages.items():
        links = [link["href"] for link in page.select(".ways-in a, .content-icon-container a")]
        assert not [link for link in links if urlsplit(link).netloc in hosts], path.name
        assert not page.select('meta[property^="og:"], link[rel="canonical"], base'), path.name
    assert not (site / "preview.png").exists()
    folder, address = public
    leads = dict.fromkeys(hosts, 0)
    for path in folder.rglob("*.html"):
        page = BeautifulSoup(path.read_text("utf-8"), "html.parser")
        for link in page.select(".ways-in a, .content-icon-container a"):
            if (to := urlsplit(link["href"])).netloc in hosts:
                leads[to.netloc] += 1
                assert "/ada/lessons/" in to.path
                named = re.search(r"/main/(.+)|/tree/(.+)", to.path + to.query)
                assert (ROOT / (named[1] or named[2])).is_file(), link["href"]
        here = address + path.relative_to(folder).as_posix()
        assert page.select_one('link[rel="canonical"]')["href"] == here
        said = {tag["property"]: tag["content"] for tag in page.select('meta[property^="og:"]')}
        assert {"og:title", "og:description", "og:type"} <= said.keys()
        assert said["og:url"] == here
        assert said["og:image"] == f"{address}preview.png"
    assert min(leads.values()) >= len(ORDER), leads
    with Image.open(folder / "preview.png") as preview:
        assert preview.size == (1200, 630)


def test_what_is_not_there_is_answered_by_a_page_of_the_site(chromium, public):
    _, address = public
    page = new_page(chromium)
    errors, outside = watch(page)
    lost = f"{address}lessons/old/nothing.html"
    assert page.goto(lost).status == 404
    assert page.evaluate("getComputedStyle(document.querySelector('.sidebar-drawer')).display") != (
        "block"  # the style sheets were found
    )
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # to the content, which is on this page
    assert page.url.startswith(f"{lost}#")
    page.get_by_role("link", name="the glossary").click()
    assert page.url == f"{address}glossary.html"
    assert not errors
    assert not outside
    page.close()


def test_a_page_says_what_it_is(pages, site):
    for path, page in pages.items():
        assert len(page.select('meta[name="viewport"]')) == 1, path.name
        assert len(page.select_one('meta[name="description"]')["content"]) > 15, path.name
    assert (site / "404.html").exists()


def test_formulas_are_spaced(pages):
    formulas = [str(tag) for page in pages.values() for tag in page.find_all("math")]
    text = re.sub(r">\s+<", "><", "".join(formulas))
    assert not re.search(r"<mn>\d{1,3}</mn><mo>,</mo><mn>\d{3}</mn>", text)
    assert "<mn>48,120</mn>" in text
    assert not re.search(r"<mi>ln</mi><mo>\u2061</mo><m[in]>", text)
