"""Fixtures of the tests of what an operator does beside a run; their code stands in ``support.commands``."""

from support.commands import importer, sandbox

__all__ = ["importer", "sandbox"]
