"""Issues in words for a person: what, which value, what to do."""

from importer.messages.catalog import headline, known
from importer.messages.sentences import explain, messages

__all__ = ["explain", "headline", "known", "messages"]
