"""What a page is completed with: its head, its figures, its formulas, words to find it by."""

import re
from pathlib import Path

from docutils import nodes
from docutils.utils.math.latex2mathml import tex2mathml
from markupsafe import escape
from PIL import Image
from sphinx.addnodes import index
from sphinx.transforms import SphinxTransform
from staging import glossary, repository

SPELLINGS = {  # what a page says, and what somebody types who looks for it
    "over-fitting": "overfitting",
    "colour": "color",
    "normalis": "normalization, normalize, normalise, normalisation",
    "initialis": "initialization",
    "regularis": "regularization, regularisation",
    "optimiz": "optimiser, optimisation, optimization",
    "backward": "backprop, backpropagation",
    "learning rate": "lr",
    "graphics card": "GPU",
    "fine-tun": "finetuning, finetune",
    "data loader": "DataLoader",
}
SUMMARY = "Twelve executable PyTorch notebooks, from an empty tensor to a network of your own."
FIGURE = re.compile(r'<img (?=[^>]*height="\d+")[^>]*width="(\d+)"[^>]*>')
SPACED = re.compile(r"(<mo>&ApplyFunction;</mo>)(?!\s*<mo)")


def link_to_the_copies(app, name, source):
    """Let links of these pages to notebooks find the copies; others' targets are not here."""
    text = source[0].replace("](../notebooks/", "](lessons/")
    if name == "glossary":  # a list of definitions reads better on a telephone than a table
        text = re.sub(r"^\| (term|---) \|.*\n", "", text, flags=re.MULTILINE)
        text = re.sub(
            r"^\| (.+?) \| (.+?) \| (.+?) \|$", r"\n\1\n: \2 (\3)", text, flags=re.MULTILINE
        )
    if name.count("/") == 0:
        text = re.sub(r"(?<!!)\[([^\]]+)\]\(\.\./[^)]*\)", r"\1", text)
    source[0] = text


def spellings(text):
    """Return what else somebody types who looks for this text."""
    return ", ".join(other for said, other in SPELLINGS.items() if said in text.lower())


def add_spellings(app, doctree):
    """Let the search find a page by other spellings of what it says."""
    if words := spellings(doctree.astext()):
        doctree.append(nodes.meta(name="keywords", content=words))


class LeadToTerms(SphinxTransform):
    """Let the search and the index lead to where a lesson introduces a term of the glossary."""

    default_priority = 700  # before quotes are curled, and before Sphinx gathers its index

    def apply(self):
        """Set a mark where a term is bold for the first time."""
        lesson = self.env.docname.removeprefix("lessons/")
        terms = {term.lower(): term for term, where in glossary() if where == lesson}
        for bold in list(self.document.findall(nodes.strong)):
            if term := terms.pop(bold.astext().lower(), None):
                name = f"term-{nodes.make_id(term)}"
                bold["ids"].append(name)
                words = [term, *filter(None, spellings(term).split(", "))]
                entries = [("single", word, name, "main", None) for word in words]
                bold.parent.insert(bold.parent.index(bold), index(entries=entries))


def size_pictures(app, doctree):
    """Show pictures of these pages at their size, so that a telephone shows them large enough."""
    for image in doctree.findall(nodes.image):
        path = Path(app.srcdir, image["uri"])
        if path.parent.name != "images" or "width" in image:
            continue
        if path.suffix == ".svg":
            size = re.search(r'viewBox="0 0 (\d+) (\d+)"', path.read_text("utf-8")).groups()
        else:
            with Image.open(path) as taken:
                size = (side // 2 for side in taken.size)  # screenshots have two pixels for each
            image["classes"].append("screenshot")
        image["width"], image["height"] = map(str, size)
        image["classes"].append("no-scaled-link")


def finish(app, name, template, context, doctree):
    """Complete a page: what it says of itself, its sidebar, its figures, its source."""
    tree = context.get("furo_navigation_tree", "")  # a screen reader asks for levels
    context["furo_navigation_tree"] = tree.replace(
        'role="heading"', 'role="heading" aria-level="2"'
    )
    context["metatags"] = head(app, name, context, doctree)
    if "body" in context:
        figure = r'<div class="figure" style="--width: \1px">\g<0></div>'
        context["body"] = f'<div class="page-{name}">{FIGURE.sub(figure, context["body"])}</div>'
    if link := source_of(name):
        context["theme_source_edit_link"] = link
        context["theme_source_view_link"] = link.replace("/edit/", "/blob/")


def head(app, name, context, doctree):
    """Write a page's description; and its preview, where the site has an address."""
    base = app.config.html_baseurl
    said = doctree.next_node(nodes.paragraph) if doctree else None
    text = " ".join(said.astext().split()) if said else SUMMARY
    if len(text) > 200:
        text = text[:200].rsplit(" ", 1)[0].rstrip(",;:") + " …"
    tags = [f'<meta name="description" content="{escape(text)}">']
    if base:  # others ask for whole addresses
        properties = {
            "og:title": re.sub("<[^>]+>", "", context.get("title") or app.config.project),
            "og:description": text,
            "og:type": "website" if name == app.config.root_doc else "article",
            "og:site_name": app.config.project,
            "og:image": f"{base}preview.png",
            "og:image:alt": "Twelve photographs with what a network says of each",
            "og:url": context["pageurl"],
        }
        tags += [f'<meta property="{p}" content="{escape(v)}">' for p, v in properties.items()]
    if name == "404" and base:  # it is shown at whatever address was not found
        tags.insert(0, f'<base href="{base}">')
    return "\n".join(tags)


def source_of(name):
    """Return where a page is edited, if the repository is known and the page is written by hand."""
    known, branch = repository()
    if not known or name in ("404", "genindex", "search", "py-modindex"):
        return None
    path = f"docs/{name}.md"
    if name == "lessons/handbook":
        path = "README.md"
    elif name.startswith("lessons/"):
        path = f"notebooks/{name.removeprefix('lessons/')}.ipynb"
    return f"https://github.com/{known}/edit/{branch}/{path}"


def as_mathml(tex, block=False):
    """Write a formula as MathML, which every browser sets by itself, without a script."""
    tex = tex.replace("{,}", ",").replace(r"\_", "_")  # docutils sets these as they are
    return SPACED.sub(r'\1<mspace width="0.1667em"></mspace>', tex2mathml(tex, as_block=block))


def inline_math(translator, node):
    """Write a formula within a line."""
    translator.body.append(as_mathml(node.astext()))
    raise nodes.SkipNode


def block_math(translator, node):
    """Write a formula on a line of its own."""
    translator.body.append(as_mathml(node.astext(), block=True))
    raise nodes.SkipNode
