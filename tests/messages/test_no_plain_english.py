"""No sentence for a person escapes the catalogues: it is a Text where it is raised, printed or logged."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest
from support.sentences import ERRORS

import importer

FOLDER = Path(importer.__file__).parent
PLAIN_LINES = {
    ("cli/app.py", "freedom-id-importer {}"): "a name and a version",
    ("cli/serve_command.py", "page: {}/?key={}"): "read by programs, as the README shows it",
    ("cli/serve_command.py", "page: {}/"): "as above",
    ("sandbox/embedded.py", "sandbox at %s, seed %d"): "for whoever tests: no part of an import",
    ("sandbox/server.py", "sandbox: the port could not be shut or opened again"): "as above",
    ("web/application.py", "a defect of the page at %s (%s)"): "a defect, for whoever mends it",
    ("web/server_log.py", "the web server: %s (%s)"): "what a library says, for whoever mends it",
    ("web/tasks.py", "a defect while a file was looked at (%s)"): "as above",
    ("web/route_kinds.py", "%s: %s, noted nowhere else: there is no room"): "a line of the audit, for whoever runs it",
    ("web/imports/restarted_jobs.py", "the import %s of %s is taken up"): "the server's own log",
    ("web/imports/restarted_jobs.py", "the import %s cannot be taken up: %s"): "as above",
}
PRINTS = {("typer", "echo"), ("console", "print"), ("stdout", "write"), ("stderr", "write")}
LOGS = {(log, level) for log in ("log", "_log") for level in ("info", "warning", "error", "exception", "critical")}
PLACES = {("watch", "said"): -1, ("watch", "noted"): -1, ("", "begin"): 1, ("", "conclude"): 2}
"""Calls whose sentence is not their first argument, and where it stands."""


@cache
def calls():
    return list(_calls())


def _calls():
    for path in sorted(FOLDER.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and node.args:
                yield path.relative_to(FOLDER).as_posix(), node


def plain(node):
    """The words of a literal, a formatted or a joined one, each value as {}; "" for anything else."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join("{}" if isinstance(part, ast.FormattedValue) else part.value for part in node.values)
    if isinstance(node, ast.BinOp):
        return plain(node.left) + plain(node.right)
    return ""


def called(node):
    """The last two names of what is called: ("typer", "echo")."""
    if not isinstance(node.func, ast.Attribute):
        return ("", getattr(node.func, "id", ""))
    owner = node.func.value
    return (getattr(owner, "attr", getattr(owner, "id", "")), node.func.attr)


def place_in(node):
    """Which argument of a call a person reads; None where none is."""
    return 0 if called(node) in PRINTS | LOGS else PLACES.get(called(node))


def has_words(text):
    return re.search(r"[A-Za-z]{2,}", re.sub(r"\{\}|%[sdg]", "", text)) is not None


def makes_a_text(error):
    """Whether an error gets values, and so makes a Text of what it is raised with."""
    return bool(error.keywords)


def test_every_error_that_a_person_reads_is_raised_with_a_text():
    raised = [(file, node) for file, node in calls() if called(node)[1] in ERRORS]
    assert [file for file, node in raised if has_words(plain(node.args[0])) and not makes_a_text(node)] == []


def test_the_template_of_an_error_is_written_where_it_is_raised():
    """Were it computed, the search for sentences would not see it."""
    raised = [(file, node) for file, node in calls() if called(node)[1] in ERRORS and makes_a_text(node)]
    assert [file for file, node in raised if not isinstance(node.args[0], ast.Constant)] == []
    assert len(raised) > 200


def test_what_is_printed_or_logged_is_a_text():
    told = [(file, plain(node.args[place_in(node)])) for file, node in calls() if place_in(node) is not None]
    assert {(file, text) for file, text in told if has_words(text)} == set(PLAIN_LINES)


@pytest.mark.parametrize(
    ("source", "words"),
    [('raise UsageError("no such file")', "no such file"), ('raise UsageError(f"no {x} " + "file")', "no {} file")],
)
def test_a_plain_sentence_is_seen(source, words):
    raised = ast.parse(source).body[0].exc
    assert (called(raised)[1] in ERRORS, plain(raised.args[0])) == (True, words)
