"""Who is told how a run or a pass ended: people through their channels, a watchdog, a metrics file.

Nothing here changes an exit code: what fails is told in the log. No text holds personal data.
"""

from typing import Final

LONGEST: Final = 5.0
"""Seconds that telling somebody may take: a pass tells its watchdog twice, and has 10 to end in when it is asked to."""
