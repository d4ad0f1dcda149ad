"""What is generated in the pages, how all pages are laid out, and the words they do not use.

A package of its own beside the others, since a page may be about any of them: it may import all,
and nothing imports it. ``make docs`` writes, ``make lint`` checks, ``make site`` builds the site.
"""
