"""pyproject.toml declares what each part imports, and the core stays small."""

import ast
import re
import sys
from collections import Counter
from importlib.metadata import PackageNotFoundError, distribution, packages_distributions

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.support.paths import ROOT
from tests.support.requirements import PINNED, PROJECT, REPLACES_OTHERS

OWN = {"app", "benchmarks", "dashboards", "demo", "docs_build", "exporter", "harness", "tests"}
DISTRIBUTIONS = packages_distributions()


def declared(*extras, groups=()):
    """Return the distributions of the core, with these extras and dependency groups."""
    found, todo = set(), [*PROJECT["project"]["dependencies"]]
    for extra in extras:
        todo += PROJECT["project"]["optional-dependencies"][extra]
    for group in groups:
        todo += PROJECT["dependency-groups"][group]
    while todo:
        text = todo.pop()
        if isinstance(text, dict):
            todo += PROJECT["dependency-groups"][text["include-group"]]
            continue
        requirement = Requirement(text)
        if requirement.name == PROJECT["project"]["name"]:
            for extra in requirement.extras:
                todo += PROJECT["project"]["optional-dependencies"][extra]
        else:
            found.add(canonicalize_name(requirement.name))
    return found


def imports(file, *, at_once=False):
    """Yield the modules that a file imports; ``at_once``: as it is itself imported."""
    todo = [ast.parse(file.read_text("utf-8"))]
    while todo:
        node = todo.pop()
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{file}: imports are absolute"
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        if not (at_once and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)):
            todo += ast.iter_child_nodes(node)


def source(module):
    """Return the file of one of our modules, or None."""
    path = ROOT.joinpath(*module.split("."))
    for file in (path.with_suffix(".py"), path / "__init__.py"):
        if file.exists():
            return file
    return None


def with_what_they_import(files):
    """Return these files of ours and all of ours that are imported with them."""
    found, todo = set(), list(files)
    while todo:
        file = todo.pop()
        if file not in found:
            found.add(file)
            modules = {it for it in imports(file, at_once=True) if it.partition(".")[0] in OWN}
            todo += [it for it in map(source, modules) if it]
    return found


def foreign(files, *, at_once=False):
    """Return ``{"attr": {"dashboards/kit/layout.py"}}``: packages of others that files import."""
    found = {}
    for file in files:
        for module in imports(file, at_once=at_once):
            package = module.partition(".")[0]
            if package not in sys.stdlib_module_names | OWN:
                found.setdefault(package, set()).add(str(file.relative_to(ROOT)))
    return found


def undeclared(files, known):
    """Return the imported packages that no distribution among ``known`` has, and who imports."""
    return {
        package: files
        for package, files in foreign(files).items()
        if not {canonicalize_name(it) for it in DISTRIBUTIONS.get(package, [])} & known
    }


def python(folder):
    return [*ROOT.glob(f"{folder}/**/*.py")]


BACKEND = python("app/backend")
EXPORTER = [file for file in python("exporter") if file not in BACKEND]
REPORT = python("dashboards/report")
BOARDS = [file for file in python("dashboards") if file not in REPORT]
SCRIPTS = [ROOT / "scripts/assemble-app", ROOT / "scripts/record-cassettes"]


@pytest.mark.parametrize(
    ("files", "known"),
    [
        (EXPORTER, declared()),
        (BACKEND, declared(groups=["app"])),
        (BOARDS, declared("dashboards")),
        (REPORT, declared("report")),
        # `make demo` runs it on top of the package; pictures, where there is the extra for them.
        (python("demo"), declared("dashboards", groups=["demo"])),
        (
            [*python("benchmarks"), *python("docs_build"), *python("tests"), *SCRIPTS],
            declared("dashboards", "report", groups=["dev"]),
        ),
    ],
    ids=["exporter", "backend", "boards", "report", "demo", "development"],
)
def test_what_is_imported_is_declared(files, known):
    assert files
    assert undeclared(files, known) == {}


@pytest.mark.parametrize(
    ("files", "known"),
    [
        # Of dashboards/ the backend takes what writes HTML.
        (with_what_they_import(BACKEND), declared(groups=["app"])),
        # The extra is asked for by the command, and imported by it: with the core only, it says so.
        (with_what_they_import([ROOT / "dashboards/__main__.py"]), declared()),
        # Pictures are drawn by `report` alone, which asks for its extra.
        (
            with_what_they_import(python("dashboards/commands") + python("dashboards/lint")),
            declared("dashboards"),
        ),
    ],
    ids=["backend", "command line", "commands"],
)
def test_what_comes_along_with_an_import_is_declared(files, known):
    found = foreign(files, at_once=True)
    missing = {
        package: where
        for package, where in found.items()
        if not {canonicalize_name(it) for it in DISTRIBUTIONS.get(package, [])} & known
    }
    assert missing == {}


@pytest.mark.parametrize("extra", [None, *PROJECT["project"]["optional-dependencies"]])
def test_what_is_declared_is_imported(extra):
    before = declared() if extra else set()
    if extra == "report":
        before = declared("dashboards")
    names = (declared(extra) if extra else declared()) - before
    packages = foreign([*python("app"), *python("dashboards"), *python("exporter")])
    used = {canonicalize_name(it) for package in packages for it in DISTRIBUTIONS.get(package, [])}
    # anyio is declared for its bounds.
    assert names - used - {"anyio"} == set()


def test_no_function_or_class_is_left_over():
    """What a module has is named somewhere else, or registered by its decorator."""
    words = Counter()
    defined = {}
    for folder in ("app", "dashboards", "exporter", "demo", "docs_build", "benchmarks"):
        for file in python(folder):
            if file.name.endswith("_pb2.py"):
                continue
            text = file.read_text("utf-8")
            # A name in a docstring is no use of it.
            tree = ast.parse(text)
            for node in ast.walk(tree):
                if isinstance(node, ast.Name):
                    words[node.id] += 1
                elif isinstance(node, ast.Attribute):
                    words[node.attr] += 1
                elif isinstance(node, ast.ImportFrom):
                    words.update(alias.name for alias in node.names)
            if folder in {"dashboards", "exporter"}:
                defined |= {
                    node.name: str(file.relative_to(ROOT))
                    for node in tree.body
                    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
                    and not node.decorator_list
                }
    left = {name: file for name, file in defined.items() if not words[name]}
    assert left == {}


def closure(names):
    """Return these distributions with all that they need here, by their installed metadata."""
    found, todo = set(), [(canonicalize_name(name), frozenset()) for name in names]
    while todo:
        item = todo.pop()
        if item in found:
            continue
        found.add(item)
        name, extras = item
        try:
            requirements = distribution(name).requires or ()
        except PackageNotFoundError:
            continue  # another platform's, or another Python's
        for requirement in map(Requirement, requirements):
            marker = requirement.marker
            if not marker or any(marker.evaluate({"extra": it}) for it in (*extras, "")):
                todo.append((canonicalize_name(requirement.name), frozenset(requirement.extras)))
    return {name for name, _ in found}


def test_the_core_brings_nothing_that_replaces_another_packages_files():
    assert closure(declared()) & REPLACES_OTHERS == set()
    # The boards do: so they are no part of the core.
    assert closure(declared("dashboards")) >= REPLACES_OTHERS


@pytest.mark.parametrize("chart", PINNED)
def test_what_a_hub_pins_may_stay(chart):
    """A package whose version is allowed is left alone by pip."""
    pinned = PINNED[chart]
    requirements = [Requirement(text) for text in PROJECT["project"]["dependencies"]]
    for name in closure(declared()):
        try:
            requirements += map(Requirement, distribution(name).requires or ())
        except PackageNotFoundError:
            continue
    for requirement in requirements:
        version = pinned.get(canonicalize_name(requirement.name))
        marker = requirement.marker
        if version and (not marker or marker.evaluate({"extra": ""})):
            assert requirement.specifier.contains(version), str(requirement)


def test_the_lock_has_every_declared_package():
    lock = (ROOT / "requirements-dev.lock").read_text("utf-8")
    locked = {canonicalize_name(it) for it in re.findall(r"^([\w.-]+)==", lock, re.MULTILINE)}
    extras = PROJECT["project"]["optional-dependencies"]
    assert declared(*extras, groups=PROJECT["dependency-groups"]) <= locked


def test_no_test_module_imports_another():
    """What several of them need is in tests/support, where no test runs twice for it."""
    files = sorted((ROOT / "tests").glob("**/*.py"))
    assert len(files) > 100
    for file in files:
        assert not [it for it in imports(file) if re.search(r"^tests\b.*\.test_", it)], file
