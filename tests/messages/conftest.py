"""Fixtures of the languages' tests; their code stands in ``support.commands``."""

from support.commands import importer, sandbox

__all__ = ["importer", "sandbox"]
