"""What the system says when it refuses something."""

from typing import Final

SYSTEM_WORDS: Final = frozenset(
    [
        "Address already in use",
        "Broken pipe",
        "Cannot assign requested address",
        "Cannot allocate memory",
        "Connection refused",
        "Connection reset by peer",
        "Connection timed out",
        "Device or resource busy",
        "Directory not empty",
        "Disk quota exceeded",
        "File exists",
        "File name too long",
        "File too large",
        "Input/output error",
        "Invalid argument",
        "Invalid cross-device link",
        "Is a directory",
        "Name or service not known",
        "Network is unreachable",
        "No address associated with hostname",
        "No locks available",
        "No route to host",
        "No space left on device",
        "No such device",
        "No such file or directory",
        "Not a directory",
        "Operation not permitted",
        "Permission denied",
        "Read-only file system",
        "Stale file handle",
        "Temporary failure in name resolution",
        "Text file busy",
        "Too many levels of symbolic links",
        "Too many open files",
        "Transport endpoint is not connected",
    ]
)
"""What ``strerror`` says: a value of a Text that is one of these is said in the language of the Text."""
