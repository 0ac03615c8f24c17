"""What libraries say, in words of ours: their English sentences are told by these templates."""

import re
from functools import cache
from typing import Final

from importer.messages.text import Text

LIBRARY_WORDS: Final = (
    # typer, of a command line
    "Missing command.",
    "Missing argument {name}.",
    "Missing option {name}.",
    "Missing option {name}. Choose from:{names}",
    "Missing argument {name}. Choose from:{names}",
    "No such command {name}.",
    "No such command {name}. Did you mean {names}?",
    "No such option: {option}",
    "No such option: {option} (Possible options: {names})",
    "Got unexpected extra argument(s) ({arguments})",
    "Option {option} requires an argument.",
    "Option {option} requires {number} arguments.",
    "Option {option} does not take a value.",
    "Invalid value: {why}",
    "Invalid value for {name}: {why}",
    "{value} is not one of {names}.",
    # argparse, of the sandbox's
    "unrecognized arguments: {arguments}",
    "argument {name}: {why}",
    "expected one argument",
    "invalid choice: {value} (choose from {names})",
    "invalid float value: {value}",
    "invalid int value: {value}",
    "ambiguous option: {option} could match {names}",
    # pydantic, of a value
    "Field required",
    "Extra inputs are not permitted",
    "Input should be {choices}",
    "Input should be a valid boolean",
    "Input should be a valid boolean, unable to interpret input",
    "Input should be a valid dictionary",
    "Input should be a valid dictionary or instance of {name}",
    "Input should be a valid integer",
    "Input should be a valid integer, got a number with a fractional part",
    "Input should be a valid integer, unable to parse string as an integer",
    "Input should be a valid list",
    "Input should be a valid number",
    "Input should be a valid number, unable to parse string as a number",
    "Input should be a valid string",
    "Input should be a valid tuple",
    "Input should be a finite number",
    "Input should be greater than {limit}",
    "Input should be greater than or equal to {limit}",
    "Input should be less than {limit}",
    "Input should be less than or equal to {limit}",
    "Input is not a valid path",
    "Input is not a valid path for {name}",
    "String should have at least {number} character",
    "String should have at least {number} characters",
)
"""Sentences whose places hold what was given; ``{why}`` is a sentence itself."""

_PYDANTIC: Final = "Value error, "
"""Before what a validator says."""

_PLACE: Final = re.compile(r"\\{([a-z]+)\\}")


def in_words(text: str) -> str:
    """A library's sentence as a Text; as it is where it is none of those that are known."""
    for template, pattern in _patterns():
        if found := pattern.fullmatch(text):
            return Text(template, **{name: _value(name, given) for name, given in found.groupdict().items()})
    return text


def _value(name: str, given: str) -> str:
    """What stands at a place: a sentence itself, choices with their last "or", or what was given."""
    if name == "why":
        return in_words(given.removeprefix(_PYDANTIC))
    *others, last = given.rsplit(" or ", 1) if name == "choices" else [given]
    return Text("{one} or {other}", one=others[0], other=last) if others else last


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Template → what it looks like; those with the most words of their own first."""
    longest = sorted(LIBRARY_WORDS, key=lambda template: len(_PLACE.sub("", re.escape(template))), reverse=True)
    return tuple((one, re.compile(_PLACE.sub(r"(?P<\1>.+?)", re.escape(one)), re.DOTALL)) for one in longest)
