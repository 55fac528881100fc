"""How the documentation is built: `make docs` writes it to `build/docs`, and any warning is an error."""

from __future__ import annotations

import sys
from pathlib import Path

from colloquia.version import VERSION

sys.path.insert(0, str(Path(__file__).parent))  # what generates the reference stands beside this file

project = "Colloquia"
author = "Colloquia contributors"
copyright = "Colloquia contributors"  # noqa: A001 (the name that Sphinx reads)
version = release = VERSION

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "generating.extension"]
smartquotes = False  # options begin with two hyphens, and expressions have the quotes that are typed
source_suffix = {".md": "markdown"}
exclude_patterns = ["images"]

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
python_maximum_signature_line_length = 88
autodoc_member_order = "bysource"
nitpicky = False  # types of the standard library would need an inventory from the network

html_theme = "furo"
html_title = f"Colloquia {VERSION}"
html_static_path, html_css_files = ["static"], ["tables.css"]
html_show_sourcelink = False
html_copy_source = False
