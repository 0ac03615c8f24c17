"""The house: imports go down only, no circle, and the top level holds what the design says."""

import ast
import itertools
import re
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

STEPS = ("reading", "mapping", "cleaning", "validation", "planning", "creating", "reporting")
"""The pipeline in the order in which rows travel: no step knows a later one."""


FILES = {
    "README.md",
    "__init__.py",
    "__main__.py",
    "errors.py",
    "loopback.py",
    "model.py",
    "pipeline.py",
    "progress.py",
    "py.typed",
    "report_run.py",
    "resume_by_name.py",
    "validate_file.py",
    "versions.py",
    "verify_run.py",
}
"""What stands in importer/ beside its folders: the jobs, and what all of them share."""


@cache
def modules():
    return [path for folder in ("importer", "schemas") for path in sorted((ROOT / folder).rglob("*.py"))]


def dotted(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def room(module):
    """The folder or file of importer/ that a module belongs to; schemas is a room of its own."""
    parts = module.split(".")
    return parts[0] if parts[0] == "schemas" else ".".join(parts[:2])


def is_type_checking(node):
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def loaded_by_name(node):
    """The module of a call ``import_module("…")`` with a text, or ""."""
    called = isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) == "import_module"
    given = node.args[0].value if called and node.args and isinstance(node.args[0], ast.Constant) else ""
    return given if isinstance(given, str) else ""


@cache
def all_imported(path):
    """Every module that a file loads, also inside functions and by name; not what only a type checker reads."""
    known = {dotted(module) for module in modules()}

    def walk(node):
        for child in ast.iter_child_nodes(node):
            if is_type_checking(child):
                continue
            if isinstance(child, ast.Import):
                yield from (alias.name for alias in child.names)
            elif isinstance(child, ast.ImportFrom) and child.module:
                for alias in child.names:
                    longer = f"{child.module}.{alias.name}"
                    yield longer if longer in known else child.module
            if by_name := loaded_by_name(child):
                yield by_name
            yield from walk(child)

    return set(walk(ast.parse(path.read_text(encoding="utf-8"))))


@cache
def imported(path):
    """Those of the project itself."""
    return {name for name in all_imported(path) if name.split(".")[0] in {"importer", "schemas"}}


def circle_in(graph):
    """The first circle of a graph (name → names), or []."""
    done, under_way = set(), []

    def visit(name):
        if name in under_way:
            return [*under_way[under_way.index(name) :], name]
        if name in done:
            return []
        under_way.append(name)
        found = next(filter(None, map(visit, sorted(graph.get(name, ())))), [])
        under_way.pop()
        done.add(name)
        return found

    return next(filter(None, map(visit, sorted(graph))), [])


def graph_of(name_of):
    """Who imports whom, modules or rooms."""
    graph = {}
    for path in modules():
        own = name_of(dotted(path))
        graph.setdefault(own, set()).update({name_of(name) for name in imported(path)} - {own})
    return graph


def test_there_is_no_circle_of_modules():
    assert circle_in(graph_of(lambda module: module)) == []


def test_there_is_no_circle_of_rooms():
    assert circle_in(graph_of(room)) == []


HOUSES = sorted(path.name for path in (ROOT / "importer").iterdir() if path.is_dir() and path.name[0] != "_")
"""The folders of importer/; inside each, its folders and its files are the rooms."""


@pytest.mark.parametrize("house", HOUSES)
def test_there_is_no_circle_of_rooms_inside(house):
    graph = graph_of(lambda module: ".".join(module.split(".")[:3]))
    inside = {own: names for own, names in graph.items() if own.startswith(f"importer.{house}.")}
    assert circle_in(inside) == []


def test_a_circle_would_be_found():
    assert circle_in({"a": {"b"}, "b": {"c"}, "c": {"b"}}) == ["b", "c", "b"]


@pytest.mark.parametrize("step", STEPS)
def test_no_step_knows_a_later_one(step):
    later = {f"importer.{name}" for name in STEPS[STEPS.index(step) + 1 :]}
    assert not graph_of(room).get(f"importer.{step}", set()) & later


def test_beside_its_folders_the_package_holds_the_jobs_and_what_they_share():
    listed = {path.name for path in (ROOT / "importer").iterdir() if path.is_file()}
    assert listed <= FILES


def test_the_tour_says_what_each_file_and_folder_of_the_package_holds():
    tour = (ROOT / "importer/README.md").read_text(encoding="utf-8")
    table = tour.partition("## Where is")[2].partition("## Where do I add")[0]
    files = {name for name in FILES if name.endswith(".py") and name[0] != "_"}
    assert [name for name in (*files, *(f"{house}/" for house in HOUSES)) if f"`{name}`" not in table] == []


def twice(names):
    """Names that stand in more than one place, with the places."""
    places = {}
    for name, place in names:
        places.setdefault(name, []).append(place)
    return {name: found for name, found in places.items() if len(found) > 1}


def test_no_two_modules_have_the_same_name():
    assert not twice((path.name, str(path)) for path in modules() if not path.name.startswith("__"))


def type_named(node):
    """The name of a class, or of an alias of a type: nothing else begins with a capital and goes on in small ones."""
    if isinstance(node, ast.ClassDef):
        return node.name
    target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
    name = target.id if isinstance(target, ast.Name) else ""
    return name if re.match(r"_?[A-Z]", name) and not name.isupper() else ""


def test_no_two_types_have_the_same_name():
    parsed = ((path, ast.parse(path.read_text(encoding="utf-8"))) for path in modules())
    named = ((type_named(node), str(path)) for path, tree in parsed for node in tree.body)
    assert not twice((name, path) for name, path in named if name)


def test_schemas_know_nothing_of_the_importer():
    for path in modules():
        if dotted(path).startswith("schemas"):
            assert not {name for name in imported(path) if name.startswith("importer")}


def test_pandera_is_used_through_its_public_door_alone():
    """Its backends and engines change with any release."""
    loaded = {name for path in modules() for name in all_imported(path) if name.split(".")[0] == "pandera"}
    assert loaded == {"pandera.pandas", "pandera.errors"}


@pytest.mark.parametrize("path", modules(), ids=dotted)
def test_a_module_is_of_a_size_that_a_reader_can_hold(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 260


OTHERWISE_NAMED = {"argon2_cffi": "argon2"}
"""Distribution → what it is imported as, where these are not the same."""


def test_every_package_that_is_imported_is_declared():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *itertools.chain(*project["optional-dependencies"].values())]
    names = [re.match(r"[\w.-]+", one)[0].lower().replace("-", "_") for one in wanted]
    declared = {OTHERWISE_NAMED.get(name, name) for name in names}
    used = {name.split(".")[0] for path in modules() for name in all_imported(path)}
    assert used - declared - sys.stdlib_module_names == {"importer", "schemas"}


def test_the_top_level_holds_exactly_what_the_design_says():
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    top = {name.split("/")[0] for name in listed.splitlines()}
    visible = {name for name in top if not name.startswith(".")}
    assert visible == {
        "CHANGELOG.md",
        "LICENSE",
        "Makefile",
        "README.md",
        "importer",
        "pyproject.toml",
        "sample_data",
        "schemas",
        "tests",
    }


def test_every_public_name_of_the_api_loads():
    import importer

    for name in importer.__all__:
        assert getattr(importer, name) is not None


def test_nothing_cites_a_document_that_is_not_in_the_clone():
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    known = {Path(name).name for name in listed}
    texts = [name for name in listed if name.endswith((".py", ".md", ".toml", "Makefile", "run"))]
    for name in texts:
        cited = re.findall(r"[\w-]+\.md\b", (ROOT / name).read_text(encoding="utf-8"))
        assert set(cited) <= known, f"{name} cites {set(cited) - known}"


def test_what_a_docstring_names_is_there():
    """A dotted name that begins with a room, like ``journal.writer.claims``: a module, or a name in one."""
    known = {dotted(path): path for path in modules()}
    rooms = {path.name for path in (ROOT / "importer").iterdir() if path.is_dir()} | {"schemas"}
    for path in modules():
        for named in re.findall(r"``((?:[a-z_]+\.)+\w+)``", path.read_text(encoding="utf-8")):
            if named.split(".")[0] not in rooms or named.endswith(".py"):
                continue
            full = named if named.startswith("schemas.") else f"importer.{named}"
            module, _, name = full.rpartition(".")
            held = known[module].read_text(encoding="utf-8") if module in known else ""
            assert full in known or re.search(rf"\b{name}\b", held), f"{dotted(path)} names {named}"
