"""A line for crontab."""

import shlex

from importer.operations.schedule.nightly_plan import NAME, NightlyPlan


def crontab(plan: NightlyPlan) -> dict[str, str]:
    """One line; cron's environment is nearly empty, so that everything the command needs stands in it.

    A % would be a line's end to cron. Mail from cron holds what the command says on stdout: counts, no personal data.
    The log is kept by the command, that begins it anew in time; what a shell or an early error says of the last night
    lies beside it, for its owner alone where the share knows owners: one that refuses that keeps no night from running.
    """
    variables = {"IMPORTER_HOME": plan.home} | ({"FREEDOM_ID_TOKEN_FILE": plan.token_file} if plan.token_file else {})
    given = " ".join(f"{name}={shlex.quote(value)}" for name, value in variables.items())
    log = f" --log-file {shlex.quote(f'{plan.home}/{NAME}.log')}" if not plan.keeps_log else ""
    last = shlex.quote(f"{plan.home}/{NAME}.last")
    folder = f"cd {shlex.quote(plan.folder)} && " if plan.folder else ""
    private = f"mkdir -p -m 700 {shlex.quote(plan.home)} && : >{last} && (chmod 600 {last} 2>/dev/null || :)"
    command = f"{private} && {folder}{given} {plan.command}{log} 2>{last}"
    command = command.replace("%", r"\%")
    return {f"{NAME}.cron": f"{plan.minute} {plan.hour} * * * {command}\n"}
