"""What the journal keys runs and ledger by: an API's address in one spelling."""

import re
from typing import Final

_NAME: Final = "[a-z][a-z0-9]*(?:-[a-z0-9]+)*"
_ONE_SPELLING: Final = re.compile(rf"https://{_NAME}(?:\.{_NAME})*")
"""Addresses that ``check_url`` gives back as they are: a host without a port, escapes, punycode, or what could be a
number."""


def label_of(url: str) -> str:
    """The label of an address: the API's base, also where the whole path that creates users is given.

    Raises:
        UsageError: no token may travel to this address.
    """
    if _ONE_SPELLING.fullmatch(url):
        return url
    from importer.freedom_id.address import USER_PATH, check_url  # noqa: PLC0415 (the HTTP library loads here)

    return str(check_url(url)).rstrip("/").removesuffix(USER_PATH).rstrip("/")
