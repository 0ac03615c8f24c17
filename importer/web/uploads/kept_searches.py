"""What people searched for in an upload: a name or a phone, so it stands in its draft, and in no address or log."""

import secrets
from typing import Final

from importer.web.uploads.draft import Draft, fact, record

_SEARCHES: Final = "searches"
_MOST: Final = 100
_LONGEST: Final = 200


def keep_search(draft: Draft, text: str) -> str:
    """Keep what is searched for, beside the newest others; the name that addresses call it by, "" for no text."""
    text = text[:_LONGEST]
    if not text:
        return ""
    with draft.database.writing() as db:
        others: dict[str, str] = fact(db, _SEARCHES, {})
        name = next((name for name, other in others.items() if other == text), "") or secrets.token_hex(8)
        others.pop(name, None)
        record(db, **{_SEARCHES: dict([*others.items(), (name, text)][-_MOST:])})
    return name


def kept_search(draft: Draft, name: str) -> str:
    """The text of a search; "" where none of this name is kept."""
    return str(draft.fact(_SEARCHES, {}).get(name, "")) if name else ""
