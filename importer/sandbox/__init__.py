"""A local Freedom ID server over real HTTP: the documented contract, and every fault to order.

Only the options are imported at once, so that a command line can be made of them cheaply; the server and its
libraries come with the first use of ``Sandbox`` or ``create_app``.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from importer.sandbox.server_options import Fault, Option, SandboxOptions, option_table, options_from

if TYPE_CHECKING:
    from importer.sandbox.embedded import Sandbox, create_app

__all__ = [
    "Fault",
    "Option",
    "Sandbox",
    "SandboxOptions",
    "create_app",
    "option_table",
    "options_from",
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module("importer.sandbox.embedded"), name)
