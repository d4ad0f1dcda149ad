"""The gallery shows every board as it is: a picture of other panels is told by its digest."""

import pytest
from PIL import Image

from dashboards import catalog
from demo import gallery
from tests.support.paths import ROOT

DOCS = ROOT / "docs"
LARGEST = 300_000


def test_every_board_has_a_picture():
    pictures = {path.stem for path in (DOCS / gallery.FOLDER).iterdir()}
    assert pictures == set(catalog.names())


@pytest.mark.parametrize("name", catalog.names())
def test_the_picture_is_of_the_panels_that_the_board_has(name):
    file = DOCS / gallery.FOLDER / f"{name}.png"
    with Image.open(file) as picture:
        of = picture.info[gallery.DIGEST]
        assert picture.width == 1440
    assert of == gallery.digest(catalog.load(name, recorded=True)), "run `make gallery`"
    assert file.stat().st_size < LARGEST


@pytest.mark.parametrize("name", gallery.EXTRACTS)
def test_the_readmes_pictures_are_of_the_panels_that_the_board_has(name):
    board = gallery.extract(name)
    assert [panel["title"] for panel in board["panels"]] == list(gallery.EXTRACTS[name])
    with Image.open(DOCS / gallery.ASSETS / f"{name}.png") as picture:
        assert picture.info[gallery.DIGEST] == gallery.digest(board), "run `make gallery`"


def test_another_panel_makes_another_digest():
    board = catalog.load("user-groups")
    other = {**board, "panels": board["panels"][:-1]}
    assert gallery.digest(board) != gallery.digest(other)
