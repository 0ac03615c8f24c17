"""Every sentence that a person reads, in English, Russian and Kazakh.

``text`` makes a sentence, ``language`` says in which language it is shown, ``wording`` has those of cells and rows by
code, ``kept_issues`` keeps them for the journal. Names load on first use: whoever only says a sentence does not pay for
pandas.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from importer.messages.sentences import messages
    from importer.messages.wording import LEFT_OUT, headline, suggests

__all__ = ["LEFT_OUT", "headline", "messages", "suggests"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'importer.messages' has no attribute {name!r}")
    home = "sentences" if name == "messages" else "wording"
    return getattr(import_module(f"importer.messages.{home}"), name)
