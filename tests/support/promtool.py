"""The real promtool: rules and queries on series that are written down."""

import json
import subprocess


def failures(folder, test, rules=(), each="5m"):
    """Return what ``promtool test rules`` says of wrong answers; nothing if all are right.

    ``test`` is one of its tests, ``rules`` are texts of rules files, evaluated ``each`` so long.
    """
    names = []
    for number, text in enumerate(rules):
        (folder / f"rules-{number}.yml").write_text(text, "utf-8")
        names.append(f"rules-{number}.yml")
    file = {"rule_files": names, "evaluation_interval": each, "tests": [test]}
    (folder / "test.json").write_text(json.dumps(file))
    command = ["promtool", "test", "rules", folder / "test.json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr if done.returncode else ""
