"""Who is told how a run or a pass ended: people through their channels, a watchdog, a metrics file.

Nothing here changes an exit code: what fails is told in the log. No text holds personal data.
"""
