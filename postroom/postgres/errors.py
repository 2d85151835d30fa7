"""What goes wrong with the embedded server, said to the person who runs it."""


class PostgresError(Exception):
    """The embedded PostgreSQL server cannot be used; the message says why and what to do."""
