"""What the journal keys runs and ledger by: an API's address in one spelling."""

import re
from typing import Final

_NAME: Final = "[a-z][a-z0-9]*(?:-[a-z0-9]+)*"
_ONE_SPELLING: Final = re.compile(rf"https://{_NAME}(?:\.{_NAME})*(?:/[A-Za-z0-9_-]+)*")
"""Addresses that ``check_url`` gives back as they are: without a port, escapes, punycode, or what could be a number."""


def label_of(url: str) -> str:
    """The label of an address.

    Raises:
        UsageError: no token may travel to this address.
    """
    if _ONE_SPELLING.fullmatch(url):
        return url
    from importer.freedom_id import check_url  # noqa: PLC0415 (the HTTP library loads here)

    return str(check_url(url)).rstrip("/")
