"""The lines of ``[[answers]]`` that make the importer read an answer as "this phone is taken"."""

import json
import re
from collections.abc import Collection, Mapping
from http import HTTPStatus
from typing import Any, Final

from importer.freedom_id import AnswerKind, Classifier
from importer.freedom_id.answer_parsing import AnswerFacts, Form, parse_answer
from importer.freedom_id.answer_words import names_phone
from importer.freedom_id.token_mask import MASK, TokenMask
from importer.operations.masked_answer import private_parts

_LONGEST: Final = 120


def rule_for_taken(
    status: int, headers: Mapping[str, str], body: bytes, secrets: Collection[str], mask: TokenMask
) -> dict[str, Any]:
    """A rule that tells this answer from others, without anything of the person whom it speaks of.

    Headers and body as they came, the body unpacked. ``secrets``: what was sent (``secrets_of``). ``mask`` hides our
    own token, as it does where the rule is applied.

    Returns:
        A table as ``[[answers]]`` takes it; {} where the answer holds nothing to be told by.
    """
    facts = parse_answer(status, headers, body, mask)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or facts.form in (Form.HTML, Form.CUT):
        return {}
    told = _told_by(facts, secrets)
    if not told:
        return {}
    rule = {"status": status, **told, "verdict": AnswerKind.TAKEN.value}
    return rule if Classifier([rule])(status, headers, body, mask).kind is AnswerKind.TAKEN else {}


def as_toml(rule: Mapping[str, Any]) -> str:
    """The rule as lines of importer.toml."""
    return "\n".join(["[[answers]]", *(f"{key} = {_toml(value)}" for key, value in rule.items())])


def _told_by(facts: AnswerFacts, secrets: Collection[str]) -> dict[str, str]:
    """Code, field and words, as far as there are any: a code or a field alone may mean another fault as well."""
    field, words = next(
        ((field, words) for field, words in facts.field_errors if names_phone(field)), ("", facts.message)
    )
    told = {"code": facts.code if facts.code != str(facts.status) else "", "field": field}
    told["message"] = _pattern(words, secrets)
    return {key: value for key, value in told.items() if value}


def _pattern(words: str, secrets: Collection[str]) -> str:
    """A regular expression for a sentence that leaves open what is somebody's in it."""
    parts = [part.strip() for part in private_parts([*secrets, MASK]).split(words[:_LONGEST])]
    if len(words) > _LONGEST:
        parts[-1] = parts[-1].rpartition(" ")[0]
    return ".*".join(re.escape(part).replace("\\ ", " ") for part in parts if part)


def _toml(value: object) -> str:
    if isinstance(value, int):
        return str(value)
    text = str(value)
    plain = "'" not in text and text.isprintable()
    return f"'{text}'" if "\\" in text and plain else json.dumps(text, ensure_ascii=False)
