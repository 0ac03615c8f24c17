"""Issues in words for a person: what, which value, what to do."""

from importer.wording.rendering import explain, messages
from importer.wording.words import headline, known

__all__ = ["explain", "headline", "known", "messages"]
