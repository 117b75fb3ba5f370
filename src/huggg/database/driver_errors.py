"""The driver's errors as ours: the database is away, or a row is held."""

from __future__ import annotations

import asyncpg
import structlog

from huggg.database.durability import UnsafeDatabaseError
from huggg.database.errors import DatabaseAwayError, RowHeldError
from huggg.refusal import Refusal

HELD = (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError, asyncpg.SerializationError)

AWAY = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.InternalClientError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.PostgresSystemError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.TransactionRollbackError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    UnsafeDatabaseError,
)
"""The driver's errors for a server that is stopped, starting, full, unreachable or stuck."""

log = structlog.get_logger()


def refuse_away(error: Exception) -> None:
    """Raise our own error in place of the driver's: RowHeldError, DatabaseAwayError."""
    if isinstance(error, HELD):
        log.warning("row held", reason=f"{type(error).__name__}: {error}")
        raise RowHeldError from error
    if isinstance(error, (*AWAY, asyncpg.InterfaceError)):
        log.warning("database away", reason=f"{type(error).__name__}: {error}")
        raise DatabaseAwayError from error


def refuse_lost(connection: asyncpg.Connection, error: Exception) -> None:
    """Tell a connection that is gone from a defect of ours.

    Where a connection lost its protocol or its transport amid a statement, the driver raises
    AttributeError or TypeError. Raises ConnectionDoesNotExistError.
    """
    if connection.is_closed() and not isinstance(error, asyncpg.PostgresError | Refusal):
        raise asyncpg.ConnectionDoesNotExistError(f"{type(error).__name__}: {error}") from error
