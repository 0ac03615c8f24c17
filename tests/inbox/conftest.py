"""Fixtures of the command line's tests; their code stands in ``support.commands``."""

from support.commands import importer, sandbox

__all__ = ["importer", "sandbox"]
