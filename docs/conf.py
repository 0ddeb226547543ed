"""How Sphinx builds these pages: `python -m sphinx -W docs build/docs`."""

project = "pytest-rollup-fake"
copyright = "pytest-rollup-fake contributors"  # noqa: A001  (Sphinx's name)
extensions = ["myst_parser", "sphinx.ext.autodoc"]
exclude_patterns = ["*.py"]
html_theme = "furo"
html_title = "pytest-rollup-fake"
html_show_sphinx = False
myst_heading_anchors = 3
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
default_role = "code"  # what docstrings have in backquotes
suppress_warnings = ["myst.xref_missing"]
