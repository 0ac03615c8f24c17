"""Whose fault it is when rows fail again and again: what ``health`` decides, with all rows in trouble in view."""

from importer.creating.attempts import Trial
from importer.creating.feed import Feed
from importer.creating.health import SUSPECTS, Health


class Verdicts:
    """The rows in trouble; asked after each attempt of one of them whether it is given up.

    Attributes:
        in_trouble: The rows that failed and have no answer of their own yet.
        testifying: Whether a witness is on its way.
    """

    def __init__(self, health: Health, feed: Feed, attempts: int) -> None:
        self._health, self._feed, self._attempts = health, feed, attempts
        self.in_trouble: set[Trial] = set()
        self.testifying = False

    def give_up(self, trial: Trial, now: float) -> bool:
        """Whether the row has failed for good; where nobody can tell any more, the run goes into an outage."""
        health, ended, help_left = self._health, self._feed.exhausted, self._help_left()
        health.alone = ended and not self._witness_left() and len(self.in_trouble) < SUSPECTS
        if not self._exhausted(trial):
            return False
        if health.row_is_to_blame(trial.blame, now, fresh_rows_left=not ended, help_left=help_left):
            return True
        if not health.is_open and not (ended and help_left):
            health.open(now)
        return False

    def must_wait(self, trial: Trial) -> bool:
        """Whether another attempt would tell nothing: a proof, which may still come, has to come first."""
        if not self._feed.exhausted or not self._exhausted(trial) or self._health.is_open:
            return False
        return self._help_left() and not self._health.proven_since(trial.last_failed_at)

    def want_witness(self) -> bool:
        """Whether nothing but a witness can bring a proof: all rows in trouble have used up their attempts."""
        return self._feed.exhausted and all(map(self._exhausted, self.in_trouble))

    def witness_failed(self) -> None:
        """What the others have failed so far may be the API's fault: it doesn't count."""
        for trial in self.in_trouble:
            trial.spent = 0

    def _exhausted(self, trial: Trial) -> bool:
        return trial.spent >= self._attempts

    def _help_left(self) -> bool:
        """Whether a proof may come from anybody else than the rows that have used up their attempts."""
        return self._witness_left() or not all(map(self._exhausted, self.in_trouble))

    def _witness_left(self) -> bool:
        return self._feed.has_witness or self.testifying
