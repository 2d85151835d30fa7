from django.db import migrations


class Migration(migrations.Migration):
    """The table of Django's cache in the database: what every process must know at once (settings.CACHES)."""

    dependencies = [("accounts", "0003_technicians_work")]

    operations = [
        migrations.RunSQL(
            """
            CREATE TABLE IF NOT EXISTS postroom_cache (
                cache_key varchar(255) NOT NULL PRIMARY KEY,
                value text NOT NULL,
                expires timestamp with time zone NOT NULL
            );
            CREATE INDEX IF NOT EXISTS postroom_cache_expires ON postroom_cache (expires);
            """,
            "DROP TABLE postroom_cache",
        ),
    ]
