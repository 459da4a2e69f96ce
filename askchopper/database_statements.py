"""Execution of statements: cached plans, and a log of slow ones."""

import math
import time
from typing import Any, TypeVar

from sqlalchemy import Engine, Executable, event

from askchopper.observability import log

SLOW_QUERY_SECONDS = 0.25
Statement = TypeVar("Statement", bound=Executable)


def prepared(statement: Statement) -> Statement:
    """Mark a statement to be prepared on the server, for statements whose planning takes longer than their execution.

    Only for statements for which one plan suits all values. After an error, a connection plans them again, so a migration that changes
    their result columns causes one error. Without effect behind a transaction-mode pooler.
    """
    return statement.execution_options(is_prepared=True)


def keep_plans(engine: Engine) -> None:
    """Execute statements marked by ``prepared`` as server-side prepared statements."""

    @event.listens_for(engine, "do_execute")
    def run(cursor: Any, statement: str, values: Any, context: Any) -> bool:  # pyright: ignore[reportUnusedFunction]
        if context is None or not context.execution_options.get("is_prepared"):
            return False  # SQLAlchemy runs it
        connection = context.root_connection.connection.driver_connection
        connection.prepare_threshold = 0
        try:
            cursor.execute(statement, values)
        finally:
            connection.prepare_threshold = None
        return True


def log_slow(engine: Engine) -> None:
    """Log slow statements, without their values."""

    @event.listens_for(engine, "before_cursor_execute")
    def begin(_connection: Any, _cursor: Any, _statement: str, _values: Any, context: Any, _many: bool) -> None:  # noqa: FBT001  # pyright: ignore[reportUnusedFunction]
        if context is not None:
            context.began_at = time.monotonic()

    @event.listens_for(engine, "after_cursor_execute")
    def end(_connection: Any, _cursor: Any, statement: str, _values: Any, context: Any, _many: bool) -> None:  # noqa: FBT001  # pyright: ignore[reportUnusedFunction]
        seconds = time.monotonic() - getattr(context, "began_at", math.inf)
        if seconds >= SLOW_QUERY_SECONDS:
            log.warning(
                "database.slow_query", milliseconds=round(seconds * 1000), statement=" ".join(statement.split())[:500]
            )
