"""Why a storage cannot be used, in this program's words: those of its library may name an account."""

from typing import Final

from importer.messages.text import Text

_CREDENTIALS: Final = Text("there are no credentials for it on this machine")
_SILENT: Final = Text("nobody answers there")
_OF_OTHERS: Final = (
    ("Credential", _CREDENTIALS),  # botocore's NoCredentialsError, google-auth's DefaultCredentialsError
    ("Token", _CREDENTIALS),
    ("Connect", _SILENT),  # botocore's EndpointConnectionError, aiohttp's ClientConnectorError
    ("Timeout", _SILENT),
    ("ResponseParser", _SILENT),  # something else answers, or half an answer came
    ("Validation", Text("no bucket can be called so")),  # botocore's ParamValidationError
)
"""What the names of exceptions say that are none of the operating system's: each library of buckets has its own."""


def reason(exc: Exception, *, bucket: bool) -> str:
    """Why an object cannot be read or written; ``bucket``: it lies in one, so that a missing folder is none."""
    if bucket and isinstance(exc, PermissionError):
        return Text("access is denied: look at its credentials, and at what they may do")
    if bucket and isinstance(exc, FileNotFoundError):
        return Text("there is no such bucket, or no such object")
    for part, words in _OF_OTHERS:
        if part in type(exc).__name__:
            return words
    return getattr(exc, "strerror", None) or type(exc).__name__


def unwritable(why: str) -> Text:
    """What is told of an object that cannot be written."""
    return Text("cannot be written ({why})", why=why)


def unreadable(why: str) -> Text:
    """What is told of an object that cannot be read."""
    return Text("cannot be read ({why})", why=why)


def closed(exc: PermissionError) -> Text:
    """What is told of a place that this user may not even look at: a folder above it is closed."""
    advice = Text("let this user in there (chmod, chown), or name another place")
    return Text("{path}: {why}; {advice}", path=exc.filename, why=exc.strerror, advice=advice)
