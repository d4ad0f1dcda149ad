"""Sphinx' settings for `make site`."""

project = "groupscope"
html_title = "groupscope"
copyright = "the groupscope contributors"  # noqa: A001 - Sphinx' name for it
extensions = ["myst_parser", "sphinx_copybutton"]

# Links to headings, as GitHub and others write their anchors.
myst_heading_anchors = 4

html_theme = "furo"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_show_sphinx = False
html_show_sourcelink = False
html_copy_source = False
html_theme_options = {
    "sidebar_hide_name": False,
    "light_css_variables": {
        "color-brand-primary": "#1b2a41",
        "color-brand-content": "#1f5fa8",
        "color-brand-visited": "#1f5fa8",
    },
    "dark_css_variables": {
        "color-brand-primary": "#f58220",
        "color-brand-content": "#7cc4ff",
        "color-brand-visited": "#7cc4ff",
        # The brand's color for 40 links would be all that one sees.
        "color-sidebar-link-text--top-level": "#c9d1dc",
    },
}
# Grafana's variables are in PromQL, and "…" where an example is cut.
suppress_warnings = ["misc.highlighting_failure"]
highlight_language = "text"
pygments_style = "a11y-high-contrast-light"
pygments_dark_style = "a11y-high-contrast-dark"

# `$ ` is the prompt: a copied command has none, and no output below it.
copybutton_prompt_text = "$ "
copybutton_line_continuation_character = "\\"
copybutton_here_doc_delimiter = "END"
