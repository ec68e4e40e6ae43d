"""The static site: the stored lessons and the pages of this folder, nothing from outside.

``make site`` builds it into ``docs/_build/html``. ``staging.py`` copies the lessons and the README
into ``docs/lessons/`` first, with what a page needs that a notebook does not have; ``pages.py``
completes the pages. Links to a repository, to Colab and to Binder appear where GITHUB_REPOSITORY
names one; addresses of the site itself where SITE_URL does.
"""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import pages
from staging import stage

project = "PyTorch, hands on"
author = "The pytorch-tutorial-notebooks contributors"
project_copyright = author
language = "en"

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.githubpages",  # served from there, folders with an underscore stay
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
    "sphinx_design",
]
exclude_patterns = ["_build", "lessons/extra"]
myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3
nb_code_prompt_show = "Show the {type}"
nb_code_prompt_hide = "Hide the {type}"
nb_execution_mode = "off"  # the outputs are the stored ones, which the tests hold to account
autodoc_member_order = "bysource"
suppress_warnings = ["ref.python"]  # a word of a type, such as path, may be some attribute's name
napoleon_google_docstring = False
copybutton_exclude = ".linenos, .gp, .go"
copybutton_selector = "div.highlight:not(.cell_output *) > pre"  # nobody copies what was printed

html_theme = "furo"
html_title = project
html_baseurl = f"{url.rstrip('/')}/" if (url := os.environ.get("SITE_URL")) else ""
html_static_path = ["_static"]
html_extra_path = ["lessons/extra"]
html_css_files = ["site.css"]
html_js_files = ["site.js"]
html_favicon = "_static/logo.svg"
html_copy_source = False
html_math_renderer = "mathml"
html_search_scorer = str(Path(__file__).parent / "_static" / "scorer.js")
pygments_style = "a11y-high-contrast-light"
pygments_dark_style = "github-dark"
html_theme_options = {
    "light_logo": "logo.svg",
    "dark_logo": "logo.svg",
    "light_css_variables": {
        "color-brand-primary": "#005c92",
        "color-brand-content": "#005c92",
        "color-brand-visited": "#6b3fa0",
    },
    "dark_css_variables": {
        "color-brand-primary": "#6cc0f0",
        "color-brand-content": "#6cc0f0",
        "color-brand-visited": "#c4a0f0",
    },
}


def setup(app):
    """Copy the lessons, and teach Sphinx what it does not know."""
    app.connect("config-inited", lambda *_: stage(with_preview=bool(html_baseurl)))
    app.connect("source-read", pages.link_to_the_copies)
    app.add_transform(pages.LeadToTerms)
    app.connect("doctree-read", pages.add_spellings)
    app.connect("doctree-read", pages.size_pictures)
    app.connect("html-page-context", pages.finish, priority=900)  # after the theme
    app.add_html_math_renderer("mathml", (pages.inline_math, None), (pages.block_math, None))
