"""A DAG for Airflow."""

from importer.messages.text import Text, spoken
from importer.operations.schedule.nightly_plan import NAME, NightlyPlan

_COMMAND = (
    "for pause in 1200 1200 0; do {command}; code=$?; [ $code -eq 4 ] || break; sleep $pause; done; "
    "[ $code -eq 1 ] || exit $code"
)

_DAG = Text("Import the users of an inbox into Freedom ID every night.")
_CODES = Text("1 means: finished, some rows need a person. 4: stopped, the same command goes on.")


def dag(plan: NightlyPlan) -> dict[str, str]:
    """One task; exit code 1 (some rows need a person) is a success, 4 (stopped) is tried again and resumes.

    Every other code fails at once: a pass that is tried again finds the refused file gone, and would end well.
    """
    variables = {"IMPORTER_HOME": plan.home} | ({"FREEDOM_ID_TOKEN_FILE": plan.token_file} if plan.token_file else {})
    folder = f"\n        cwd={plan.folder!r}," if plan.folder else ""
    text = f'''"""{spoken(_DAG)}"""

from datetime import datetime, timedelta

from airflow import DAG
from airflow.operators.bash import BashOperator

with DAG(
    dag_id="{NAME.replace("-", "_")}",
    schedule="{plan.minute} {plan.hour} * * *",
    start_date=datetime(2024, 1, 1),
    catchup=False,
    max_active_runs=1,
) as dag:
    BashOperator(
        task_id="inbox",
        # {spoken(_CODES)}
        bash_command={_COMMAND.format(command=plan.command)!r},
        env={variables!r},
        append_env=True,{folder}
        execution_timeout=timedelta(hours=12),
    )
'''
    return {f"{NAME.replace('-', '_')}.py": text}
