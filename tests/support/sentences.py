"""Every sentence that the catalogues must have: those in the sources, and those in tables that the code looks up."""

import ast
from functools import cache
from inspect import cleandoc
from pathlib import Path

from babel.messages.extract import extract_from_dir
from typer.main import get_command

import importer
from importer import errors
from importer.cli import help_in_language
from importer.cli.app import app
from importer.mapping.header_names import SEVERAL_FIELDS
from importer.messages import issue_sentences, wording
from importer.messages.library_messages import LIBRARY_WORDS
from importer.messages.system_messages import SYSTEM_WORDS
from importer.settings.notify_options import Event
from schemas.fields import TABLE
from schemas.other_columns import NOT_BY_THEMSELVES
from schemas.result_columns import RESULT_TABLE

SOURCES = Path(importer.__file__).parent
ERRORS = {name for name, one in vars(errors).items() if isinstance(one, type) and issubclass(one, errors.ImporterError)}
LITERALS = {"Text": 1, "counted": 2, "enumerated": 2}
"""What makes a sentence, and how many of its first arguments are the words."""
WORDLESS = r"(?:\{[a-z_]+(?::[^}]*)?\}|[^A-Za-z'])*"
"""What no language has a say in; quotation marks it has."""


@cache
def of_sources(folder):
    """(file, message or (one, many)) of each of LITERALS and of each error with values, wherever in a folder."""
    return [
        (f"{path}:{node.lineno}", words[0] if len(words) == 1 else tuple(words))
        for path in sorted(folder.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if (words := sentence_of(node))
    ]


def sentence_of(node):
    """The literal that a sentence is made of, the two of a counted one; [] for any other piece of code."""
    name = getattr(node.func, "id", "") if isinstance(node, ast.Call) else ""
    literals = LITERALS.get(name, 1 if name in ERRORS and node.keywords else 0)
    if not literals:
        return []
    return [given.value for given in node.args[:literals] if isinstance(given, ast.Constant)]


def first_words(of):
    """The first argument of each call of a name in the sources: a text, or a name that has one in its module.

    One that a call passes on (``step``) was given to another call. Any other cannot be read here, and is told.
    """
    found = set()
    for path in sorted(SOURCES.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        told = {ast.unparse(node.targets[0]): node.value for node in tree.body if isinstance(node, ast.Assign)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and of == getattr(node.func, "attr", getattr(node.func, "id", "")):
                for given in node.args[:1]:
                    text = told.get(ast.unparse(given), given)
                    assert isinstance(text, ast.Constant) or ast.unparse(text) == "step", f"{path}: {ast.unparse(node)}"
                    found |= {text.value} if isinstance(text, ast.Constant) else set()
    return sorted(found)


@cache
def of_page(folder):
    """(file, message or (one, many)) of the ops page's templates and modules, as ``gettext`` and Jinja know them."""
    found = extract_from_dir(
        folder,
        method_map=[("**.py", "python"), ("templates/**.html", "jinja2.ext:babel_extract")],
        options_map={"templates/**.html": {"trim_blocks": "true", "lstrip_blocks": "true", "silent": "false"}},
        keywords={"_": None, "gettext": None, "ngettext": (1, 2)},
    )
    return [(f"{file}:{line}", message) for file, line, message, *_ in found]


def of_tables():
    """The sentences that stand in tables."""
    for headline, template in (*issue_sentences.ERRORS.values(), *issue_sentences.NOTES.values()):
        yield from (headline, template)
    yield from issue_sentences.COUNTED.values()
    yield from wording.COMPOSED
    yield from (field.title for field in TABLE)
    yield from (column.hint for column in RESULT_TABLE)
    yield from (event.value for event in Event)
    yield from first_words("Finding")  # what it is about
    yield from first_words("began")  # steps
    yield from dict.fromkeys(group.reason for group in NOT_BY_THEMSELVES)
    yield SEVERAL_FIELDS
    yield from dict.fromkeys(words for field in TABLE for words in (field.rule, field.repaired))
    yield from LIBRARY_WORDS
    yield from SYSTEM_WORDS


def of_help():
    """What ``--help`` of any command says."""
    yield from help_in_language.WORDS
    for command in help_in_language.commands_of(get_command(app)):
        yield cleandoc(command.help or "")
        yield from (param.help for param in command.params if param.help)
