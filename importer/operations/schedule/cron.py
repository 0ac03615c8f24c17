"""A line for crontab."""

import shlex

from importer.operations.schedule.nightly_plan import NAME, NightlyPlan


def crontab(plan: NightlyPlan) -> dict[str, str]:
    """One line; cron's environment is nearly empty, so that everything the command needs stands in it.

    A % would be a line's end to cron. Mail from cron holds what the command says on stdout: counts, no personal data.
    """
    variables = {"IMPORTER_HOME": plan.home} | ({"FREEDOM_ID_TOKEN_FILE": plan.token_file} if plan.token_file else {})
    given = " ".join(f"{name}={shlex.quote(value)}" for name, value in variables.items())
    command = f"{given} {plan.command}".replace("%", r"\%")
    log = shlex.quote(f"{plan.home}/{NAME}.log").replace("%", r"\%")
    return {f"{NAME}.cron": f"{plan.minute} {plan.hour} * * * {command} 2>>{log}\n"}
