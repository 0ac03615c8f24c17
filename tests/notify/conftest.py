"""Fixtures of the tests of who is told; their code stands in ``support.commands``."""

from support.commands import importer, sandbox

__all__ = ["importer", "sandbox"]
