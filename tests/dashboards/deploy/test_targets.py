"""The file that names Grafanas: what it says, and what is wrong in it."""

from pathlib import Path

import pytest

from dashboards.deploy.targets import TargetConfig, TargetError, choose, read

WHOLE = """\
[targets.lab]
url = "https://grafana.lab.test"
token_file = "secrets/lab"
ca_file = "/etc/ca.pem"
proxy = "http://proxy.test:3128"
folder = "Hubs / Lab"
recorded = true
cluster_label = "cluster"
boards = ["boards"]
collection = "lab"
own_only = true

[targets.course]
url = "https://grafana.course.test"
user = "deploy"
password_env = "COURSE_PASSWORD"
folder_uid = "abc"
"""


def written(folder: Path, text: str) -> Path:
    file = folder / "groupscope.toml"
    file.write_text(text, "utf-8")
    return file


def test_what_a_file_says(tmp_path: Path) -> None:
    found = read(written(tmp_path, WHOLE))
    assert found == {
        "lab": TargetConfig(
            "lab",
            "https://grafana.lab.test",
            token_file=tmp_path / "secrets/lab",
            ca_file=Path("/etc/ca.pem"),
            proxy="http://proxy.test:3128",
            folder="Hubs / Lab",
            recorded=True,
            cluster_label="cluster",
            boards=(tmp_path / "boards",),
            collection="lab",
            own_only=True,
        ),
        "course": TargetConfig(
            "course",
            "https://grafana.course.test",
            user="deploy",
            password_env="COURSE_PASSWORD",
            folder_uid="abc",
        ),
    }


def test_secrets_are_where_the_file_says(tmp_path: Path) -> None:
    lab, course = read(written(tmp_path, WHOLE)).values()
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets/lab").write_text("glsa_x\n", "utf-8")
    assert (lab.token({}), lab.password({})) == ("glsa_x", None)
    assert (course.token({}), course.password({"COURSE_PASSWORD": "pw"})) == (None, "pw")


def test_secrets_that_are_missing(tmp_path: Path) -> None:
    lab, course = read(written(tmp_path, WHOLE)).values()
    with pytest.raises(TargetError, match=r"lab: .*secrets/lab: No such file"):
        lab.token({})
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets/lab").write_text("\n", "utf-8")
    with pytest.raises(TargetError, match=r"is empty; it must hold the token"):
        lab.token({})
    with pytest.raises(TargetError, match=r"course: COURSE_PASSWORD is not set"):
        course.password({})


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "has no targets"),
        ("targets = 3", "has no targets"),
        ("x =", "is not TOML"),
        ("[targets]\nlab = 3", r"\[targets.lab\] has to be a table"),
        ("[targets.lab]", "has no url"),
        ("[target.lab]\nurl = 'u'", "there is no target; targets are"),
        ("[targets.lab]\nurl = 'http://me:pw@host'", "a password does not belong in this file"),
        ("[targets.lab]\nurl = 'u'\ncollection = 'groupscope'", "is groupscope's own"),
        ("[targets.all]\nurl = 'u'", "give this one another name"),
        ("[targets.lab]\nurl = 3", "url has to be text"),
        ("[targets.lab]\nurl = 'u'\nfoldr = 'x'", "no setting foldr. Did you mean folder"),
        ("[targets.lab]\nurl = 'u'\ntoken = 'glsa_x'", "a token does not belong in this file"),
        ("[targets.lab]\nurl = 'u'\nrecorded = 'yes'", "recorded is true or false"),
        ("[targets.lab]\nurl = 'u'\nboards = 'x'", "boards is a list of directories"),
        ("[targets.lab]\nurl = 'u'\nfolder = 'x'\nfolder_uid = 'y'", "folder or folder_uid"),
        ("[targets.lab]\nurl = 'u'\ntoken_env = 'x'\ntoken_file = 'y'", "token_env or token_file"),
    ],
)
def test_what_is_wrong_in_a_file(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(TargetError, match=sentence) as caught:
        read(written(tmp_path, text))
    assert "glsa_x" not in str(caught.value)


def test_which_are_chosen(tmp_path: Path) -> None:
    file = written(tmp_path, WHOLE)
    found = read(file)
    assert [one.name for one in choose(found, ["course", "lab", "course"], file)] == [
        "course",
        "lab",
    ]
    assert [one.name for one in choose(found, ["all"], file)] == ["lab", "course"]
    with pytest.raises(TargetError, match=r"no target cours\. Did you mean course"):
        choose(found, ["cours"], file)
