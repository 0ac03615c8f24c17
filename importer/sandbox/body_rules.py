"""The documented rules of bodies that create or update, written anew: the sandbox must not share the client's."""

import re
from datetime import date
from typing import Any, Final

_PHONE: Final = re.compile(r"\+[0-9]{10,15}\Z")
_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s.]+(?:\.[^@\s.]+)+\Z")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
_COUNTRY: Final = re.compile(r"[A-Z]{3}\Z")
_GENDER: Final = re.compile(r"[MF]\Z")
_UUID: Final = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\Z")
_PATTERNS: Final = {"email": _EMAIL, "country": _COUNTRY, "gender": _GENDER}
_FIELDS: Final = frozenset(
    (
        "phone",
        "email",
        "firstname",
        "lastname",
        "date_of_birth",
        "identifier",
        "country",
        "gender",
        "nationality",
    )
)


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
    if not isinstance(freedom_id, str) or not _UUID.match(freedom_id):
        errors["freedom_id"] = ["The freedom_id must be a valid UUID."]
    return errors


def _complaint(name: str, value: object) -> str:
    if not isinstance(value, str):
        return f"The {name} must be a string."
    if not value:
        return f"The {name} field must have a value."
    if name == "phone":
        return "" if _PHONE.match(value) else "The phone format is invalid."
    if name == "date_of_birth":
        return "" if _is_date(value) else "The date_of_birth does not match the format Y-m-d."
    pattern = _PATTERNS.get(name)
    return f"The {name} format is invalid." if pattern and not pattern.match(value) else ""


def _is_date(value: str) -> bool:
    if not _DATE.match(value):
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True
