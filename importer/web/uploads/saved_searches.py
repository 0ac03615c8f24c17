"""What people searched for in an upload: a name or a phone, so it stands in its draft, and in no address or log."""

import secrets
from dataclasses import replace
from typing import Final

from importer.web.uploads.draft import Draft, fact, record
from importer.web.uploads.open_upload import OpenUpload
from importer.web.uploads.problem_pages import Filter

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


def with_search(opened: OpenUpload, wanted: Filter) -> Filter:
    """A filter with the text that it searches for: for those who see the cells, others it would tell what is masked."""
    asked = wanted.found if opened.may_edit else ""
    text = str(opened.draft.fact(_SEARCHES, {}).get(asked, "")) if asked else ""
    return replace(wanted, search=text, found=asked if text else "")
