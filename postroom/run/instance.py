"""Before any role or command works: the database is migrated, and belongs to this key and this mail store."""

from __future__ import annotations

from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from postroom.channels.models import Instance
from postroom.channels.secret import fingerprints
from postroom.channels.storage import blobs

MIGRATION_LOCK = 0x706F7374  # any number that nobody else uses in this database


def prepare() -> None:
    """Migrate if need be, one process at a time. Raises CommandError where key or mail store are another instance's."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [MIGRATION_LOCK])
        try:
            executor = MigrationExecutor(connection)
            if executor.migration_plan(executor.loader.graph.leaf_nodes()):
                call_command("migrate", verbosity=0, interactive=False, skip_checks=True)
            _check_identity()
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [MIGRATION_LOCK])


def _check_identity() -> None:
    instance = Instance.load()
    keys, storage = fingerprints(), blobs().identity()
    if instance.key_fingerprint and instance.key_fingerprint not in keys:
        raise CommandError(
            "This database was made with another secret key. Give POSTROOM_SECRET_KEY (or secret.key in POSTROOM_HOME) "
            "the key of the other hosts; to rotate keys put the new one first and keep the old one behind it."
        )
    if instance.storage_id and instance.storage_id != storage:
        raise CommandError(
            "This database belongs to another mail store. All hosts of an installation must share the folder "
            f"POSTROOM_STORAGE; here it is {blobs().root}."
        )
    if (instance.key_fingerprint, instance.storage_id) != (keys[0], storage):
        instance.key_fingerprint, instance.storage_id = keys[0], storage
        instance.save()
