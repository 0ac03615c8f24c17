"""Issues in words for a person: what, which value, what to do."""

from importer.messages.catalog import LEFT_OUT, headline, known, suggests
from importer.messages.sentences import explain, messages

__all__ = ["LEFT_OUT", "explain", "headline", "known", "messages", "suggests"]
