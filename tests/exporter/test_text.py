"""Words that commands say alike, and TOML files."""

import pytest

from exporter.text import counted, did_you_mean
from exporter.toml_file import TomlFileError, read_toml


@pytest.mark.parametrize(
    ("number", "text"), [(0, "0 users"), (1, "1 user"), (2, "2 users"), (2000, "2,000 users")]
)
def test_what_is_counted_has_its_plural(number, text):
    assert counted(number, "user") == text


def test_a_close_name_is_given_or_what_there_is():
    known = ["hub", "home", "users"]
    assert did_you_mean("hup", known) == "Did you mean hub?"
    assert did_you_mean("hom", known, most=3, cutoff=0.1) == "Did you mean home or hub?"
    assert did_you_mean("xyz", known) == "There are: hub, home, users."
    assert did_you_mean("xyz", known, listed=2) == "There are: hub, home, …."


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "can't be read (No such file or directory)."),
        (b"a =", "is not TOML: Invalid value (at end of document)."),
        (b"a = '\xff'", "is not TOML: 'utf-8' codec can't decode byte 0xff"),
    ],
)
def test_a_file_that_is_no_toml_is_named(tmp_path, content, message):
    file = tmp_path / "x.toml"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(TomlFileError) as raised:
        read_toml(file)
    assert str(raised.value).startswith(f"{file} {message}")


def test_a_toml_file_is_read(tmp_path):
    file = tmp_path / "x.toml"
    file.write_text("[a]\nb = ['é']\n", "utf-8")
    assert read_toml(file) == {"a": {"b": ["é"]}}
