"""The index of open requests knows status and priority, so that filters and counts need not read the rows."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tickets", "0006_find_merged")]

    operations = [
        migrations.RemoveIndex(model_name="ticket", name="ticket_open"),
        migrations.AddIndex(
            model_name="ticket",
            index=models.Index(
                condition=models.Q(("deleted_at", None), ("status__in", ["open", "in_progress", "pending"])),
                fields=["-updated_at", "-number"],
                include=("technician_group", "technician", "requester", "company", "status", "priority"),
                name="ticket_open",
            ),
        ),
    ]
