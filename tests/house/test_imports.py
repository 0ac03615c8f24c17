"""The house: imports go down only, no circle, and the top level holds what the design says."""

import ast
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

LAYERS = (
    {"importer.errors", "importer.model"},
    {"schemas"},
    {"importer.settings", "importer.watching"},
    {"importer.ahead", "importer.arrow_text", "importer.hashing", "importer.memory", "importer.packed"},
    {"importer.reading", "importer.freedom_id"},
    {"importer.journal"},
    {"importer.mapping", "importer.sandbox"},
    {"importer.cleaning", "importer.fields"},
    {"importer.validation", "importer.repeats", "importer.wording"},
    {"importer.checking"},
    {"importer.preview"},
    {"importer.survey"},
    {"importer.planning", "importer.runs", "importer.creating"},
    {"importer.writing"},
    {"importer.sending", "importer.connecting", "importer.results"},
    {"importer.reporting", "importer.history", "importer.presenting"},
    {"importer.manifest", "importer.auditing", "importer.concluding"},
    {"importer.rehearsing"},
    {"importer.pipeline"},
    {"importer"},
    {"importer.console", "importer.options"},
    {"importer.invoking"},
    {"importer.cli"},
    {"importer.__main__"},
)
"""From the ground up: a module imports only from layers below its own (and within its own package)."""


def modules():
    return [path for folder in ("importer", "schemas") for path in sorted((ROOT / folder).rglob("*.py"))]


def dotted(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def room(module):
    parts = module.split(".")
    return parts[0] if parts[0] == "schemas" else ".".join(parts[:2])


def level(module):
    found = [height for height, layer in enumerate(LAYERS) if room(module) in layer]
    assert len(found) == 1, f"{module} stands in no layer, or in several"
    return found[0]


def is_type_checking(node):
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def imported(path):
    """Every project module that a file imports, also inside functions; not what only a type checker reads."""
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
            yield from walk(child)

    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {name for name in walk(tree) if name.split(".")[0] in {"importer", "schemas"}}


@pytest.mark.parametrize("path", modules(), ids=dotted)
def test_a_module_imports_only_from_below(path):
    own = dotted(path)
    for name in imported(path):
        if room(name) != room(own):
            assert level(name) < level(own), f"{own} imports {name} from above or beside it"


def test_there_is_no_circle_of_imports():
    graph = {dotted(path): imported(path) for path in modules()}
    done, under_way = set(), []

    def visit(module):
        assert module not in under_way, f"circle: {' → '.join([*under_way[under_way.index(module) :], module])}"
        if module in done or module not in graph:
            return
        under_way.append(module)
        for name in sorted(graph[module]):
            visit(name)
        under_way.pop()
        done.add(module)

    for module in sorted(graph):
        visit(module)


def test_schemas_know_nothing_of_the_importer_but_its_model():
    for path in modules():
        if dotted(path).startswith("schemas"):
            assert {name for name in imported(path) if name.startswith("importer")} <= {"importer.model"}


@pytest.mark.parametrize("path", modules(), ids=dotted)
def test_a_module_is_of_a_size_that_a_reader_can_hold(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 260


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
