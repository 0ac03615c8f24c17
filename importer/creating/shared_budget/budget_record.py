"""Where the budget that several workers share is kept: a journal on PostgreSQL."""

from importer.creating.shared_budget.budget_exchange import Exchange
from importer.creating.shared_budget.budget_terms import BudgetView, Grant, WorkerReport
from importer.creating.shared_budget.shared_budget import SharedBudget
from importer.journal import budgets
from importer.journal.database.engine import Database


def exchange_in(database: Database, api: int) -> Exchange:
    """Give the exchange with the record of an API in a journal on PostgreSQL."""

    def exchange(report: WorkerReport) -> Grant:
        def change(state: str, now: float) -> tuple[str, Grant]:
            budget = SharedBudget.from_json(state)
            grant = budget.exchange(report, now)
            return budget.to_json(), grant

        return budgets.exchange(database, api, change)

    return exchange


def view_of(database: Database, api: int) -> BudgetView:
    """What all workers together do at the moment, to be shown.

    Raises:
        StorageFailed: The journal's server cannot be reached.
    """
    state, now = budgets.look(database, api)
    return SharedBudget.from_json(state).view(now)
