"""What is wrong with a key or a value of the settings, in words."""

from collections.abc import Mapping

from pydantic import ValidationError

from importer.messages.text import Text, joined
from importer.messages.words_of_libraries import in_words


def canonical(name: str) -> str:
    """The option that a key or a variable names."""
    name = name.replace("-", "_")
    if name.upper().startswith("FREEDOM_ID_"):
        name = name[len("FREEDOM_ID_") :].lower()
    return "json_output" if name in {"json", "IMPORTER_JSON"} else name


def nearest_of(name: str, known: Mapping[str, str]) -> str:
    """What was meant, as a question; ``known`` holds what is compared → what is shown."""
    # Only whoever mistyped a name waits for the library.
    from rapidfuzz import fuzz, process  # noqa: PLC0415

    found = process.extractOne(name, sorted(known), scorer=fuzz.ratio, score_cutoff=70)
    return Text("; did you mean {name}?", name=known[found[0]]) if found else ""


def readable(error: ValidationError) -> str:
    """What pydantic found, option by option; never the value of a secret or of a table."""
    lines: list[str] = []
    for problem in error.errors(include_url=False, include_input=True):
        name = canonical(str(problem["loc"][0])) if problem["loc"] else ""
        shown = name.replace("_", "-").removesuffix("-output")
        told = problem.get("ctx", {}).get("error")  # a validator's own: its sentence may be a Text
        why = told.args[0] if isinstance(told, ValueError) else in_words(problem["msg"])
        if name in {"token", "values"}:
            lines.append(Text("option {name}: {why}", name=shown, why=why))
        else:
            lines.append(Text("option {name} {value}: {why}", name=shown, value=repr(problem["input"]), why=why))
    return joined(lines, "; ")
