"""Creating users: bounded workers, retries, pacing and the outage breaker around one API client.

``workers.py`` is the page to read first; ``decisions.py`` says what each answer means for a row and for the run.
"""

from importer.creating.attempts import Limits, Progress
from importer.creating.decisions import Claims
from importer.creating.feed import Sendable
from importer.creating.workers import Creator

__all__ = ["Claims", "Creator", "Limits", "Progress", "Sendable"]
