"""What ``--help`` and a usage line say, in the language of the context: typer's commands are made in English.

Their help passes through Click's two places for it: the formatter that a context makes, and the help of a command,
which a list of commands shortens. No private name of typer is touched.
"""

import re
from collections.abc import Iterator, Sequence
from inspect import cleandoc
from typing import Any, Final

import typer

from importer.messages.language import ENGLISH, HELP, catalogue, language
from importer.messages.text import Text, spoken

WORDS: Final = (
    "Usage: ",
    "Arguments",
    "Commands",
    "Options",
    "Show this message and exit.",
    "Try '{command}' for help.",
    "default: {value}",
    "required",
)
"""What typer itself says in a help."""

_BRACKETS: Final = re.compile(r"(.*?)  \[([^\]]+)\]", re.DOTALL)
"""A help and what typer puts behind it: ``[default: 02:15; required]``."""


def said(text: str) -> str:
    """A sentence of a help in the language of the context."""
    return catalogue(language(), HELP).gettext(text)


class FormatterInLanguage(typer.Context.formatter_class):  # type: ignore[valid-type,misc]  # typer hides the name of its Click's
    """Writes a help in the language of the context."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """The usage line."""
        super().write_usage(prog, args, said(prefix or WORDS[0]))

    def write_heading(self, heading: str) -> None:
        """The heading of a list."""
        super().write_heading(said(heading))

    def write_dl(self, rows: Sequence[tuple[str, str]], *args: Any, **named: Any) -> None:
        """A list of options, arguments or commands."""
        super().write_dl([(term, _explained(text)) for term, text in rows], *args, **named)


class ContextInLanguage(typer.Context):
    """The context of a command whose help is not English."""

    formatter_class = FormatterInLanguage


def put_in_language(command: Any) -> Any:
    """A command, and those below it, with their help in the language of the context; English is left as it is."""
    if language() != ENGLISH:
        for one in commands_of(command):
            one.context_class = ContextInLanguage
            one.help = said(cleandoc(one.help or ""))
    return command


def usage_text(wrong: Any, text: str) -> str:
    """What stderr says of a wrong option: how the command is called, where its help is, and what is wrong."""
    context = wrong.ctx
    error = spoken(Text("Error: {text}", text=text))
    if context is None:
        return error
    if wrong.message == context.get_help():  # of a command that cannot stand alone
        return spoken(text)
    lines = [context.get_usage()]
    if context.command.get_help_option(context) is not None:
        lines.append(said(WORDS[5]).format(command=f"{context.command_path} {context.help_option_names[0]}"))
    return "\n".join([*lines, "", error])


def commands_of(command: Any) -> Iterator[Any]:
    """A command and all those below it."""
    yield command
    for below in getattr(command, "commands", {}).values():
        yield from commands_of(below)


def _explained(text: str) -> str:
    """The help of an option: its sentence, and the words in brackets that typer adds."""
    found = _BRACKETS.fullmatch(text)
    if found is None:
        return said(text)
    added = (
        said(WORDS[6]).format(value=part.removeprefix("default: ")) if part.startswith("default: ") else said(part)
        for part in found[2].split("; ")
    )
    return f"{said(found[1])}  [{'; '.join(added)}]".strip()
