"""Bytes beyond ASCII: all that tells one older encoding from another."""

from typing import Final

ASCII: Final = bytes(range(128))


def count_non_ascii(text: bytes) -> int:
    """How many bytes are no ASCII."""
    return len(text.translate(None, ASCII))
