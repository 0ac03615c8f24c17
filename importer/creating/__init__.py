"""Creating users: bounded workers, retries, pacing and the outage breaker around one API client.

``workers.py`` is the page to read first, ``attempt.py`` the next; ``outcomes/outcome_of.py`` says what an answer means
for a row and for the run, ``resilience/retry_policy.py`` when one is tried again, ``rate_control/pacing.py`` how fast.
"""

from importer.creating.outcomes.outcome_of import TakenPhone
from importer.creating.rows.row_feed import Sendable
from importer.creating.send_progress import SendProgress
from importer.creating.workers import Creator

__all__ = ["Creator", "SendProgress", "Sendable", "TakenPhone"]
