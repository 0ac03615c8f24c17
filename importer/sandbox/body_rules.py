"""The documented rules of bodies that create or update, written anew: the sandbox must not share the client's."""

import re
from datetime import date
from typing import Any, Final

_PATTERNS: Final = {
    "phone": r"\+[0-9]{10,15}",
    "email": r"[^@\s]+@[^@\s.]+(?:\.[^@\s.]+)+",
    "country": r"[A-Z]{3}",
    "gender": r"[MF]",
}
_FIELDS: Final = frozenset({*_PATTERNS, "firstname", "lastname", "date_of_birth", "identifier", "nationality"})
_DATE: Final = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_UUID: Final = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"


def check_body(body: Any) -> dict[str, list[str]]:
    """Field → messages for everything that breaks the schema, without values; {} for a good body."""
    if not isinstance(body, dict):
        return {"body": ["The body must be a JSON object."]}
    errors: dict[str, list[str]] = {}
    if "phone" not in body:
        errors["phone"] = ["The phone field is required."]
    for name, value in body.items():
        if name in _FIELDS and (message := _complaint(name, value)):
            errors[name] = [message]
    return errors


def check_update(body: Any) -> dict[str, list[str]]:
    """The same for the body of an update: freedom_id is required, the phone is not."""
    if not isinstance(body, dict):
        return {"body": ["The body must be a JSON object."]}
    errors = check_body({"phone": "+0000000000", **body})
    freedom_id = body.get("freedom_id")
    if not isinstance(freedom_id, str) or not re.fullmatch(_UUID, freedom_id):
        errors["freedom_id"] = ["The freedom_id must be a valid UUID."]
    return errors


def _complaint(name: str, value: object) -> str:
    if not isinstance(value, str):
        return f"The {name} must be a string."
    if not value:
        return f"The {name} field must have a value."
    if name == "date_of_birth":
        return "" if _is_date(value) else "The date_of_birth does not match the format Y-m-d."
    return "" if re.fullmatch(_PATTERNS.get(name, "(?s).*"), value) else f"The {name} format is invalid."


def _is_date(value: str) -> bool:
    try:
        return re.fullmatch(_DATE, value) is not None and bool(date.fromisoformat(value))
    except ValueError:
        return False
