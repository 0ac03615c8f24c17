"""Ready files that start the inbox every night: one file a scheduler, registered here."""

from collections.abc import Callable, Mapping
from typing import Final

from importer.operations.schedule.airflow import dag
from importer.operations.schedule.cron import crontab
from importer.operations.schedule.kubernetes import cron_job
from importer.operations.schedule.nightly_plan import NightlyPlan, plan_of, write_files
from importer.operations.schedule.systemd import units

__all__ = ["SCHEDULERS", "NightlyPlan", "plan_of", "write_files"]

SCHEDULERS: Final[Mapping[str, Callable[[NightlyPlan], dict[str, str]]]] = {
    "systemd": units,
    "cron": crontab,
    "kubernetes": cron_job,
    "airflow": dag,
}
"""Name → what makes its files: file name → text."""
