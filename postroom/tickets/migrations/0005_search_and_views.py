"""Documents for the full-text search with the triggers that keep them right, indexes for each list, saved views."""

import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

# Each writer pays for one row an entry. The rest is done later (postroom.tickets.search.index).
TRIGGERS = """
CREATE FUNCTION tickets_search_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO tickets_searchpending (entry) SELECT id FROM fresh WHERE kind <> 'event';
    RETURN NULL;
END $$;
CREATE TRIGGER search_added AFTER INSERT ON tickets_entry REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION tickets_search_added();

CREATE FUNCTION tickets_search_gone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM tickets_searchdocument USING gone WHERE entry_id = gone.id;
    RETURN NULL;
END $$;
CREATE TRIGGER search_gone AFTER DELETE ON tickets_entry REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION tickets_search_gone();

CREATE FUNCTION tickets_search_entry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO tickets_searchpending (entry) SELECT NEW.id WHERE NEW.kind <> 'event';
    RETURN NULL;
END $$;
CREATE TRIGGER search_entry AFTER UPDATE OF ticket_id, text, author_name, author_email ON tickets_entry
    FOR EACH ROW WHEN ((OLD.ticket_id, OLD.text, OLD.author_name, OLD.author_email)
        IS DISTINCT FROM (NEW.ticket_id, NEW.text, NEW.author_name, NEW.author_email))
    EXECUTE FUNCTION tickets_search_entry();

CREATE FUNCTION tickets_search_request() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO tickets_searchpending (entry)
        SELECT id FROM tickets_entry WHERE ticket_id = NEW.number AND kind <> 'event';
    RETURN NULL;
END $$;
CREATE TRIGGER search_request AFTER UPDATE OF subject, requester_id ON tickets_ticket
    FOR EACH ROW WHEN ((OLD.subject, OLD.requester_id) IS DISTINCT FROM (NEW.subject, NEW.requester_id))
    EXECUTE FUNCTION tickets_search_request();

CREATE FUNCTION tickets_search_person() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO tickets_searchpending (entry)
        SELECT entry.id FROM tickets_entry entry JOIN tickets_ticket ticket ON ticket.number = entry.ticket_id
        WHERE ticket.requester_id = NEW.id AND entry.kind <> 'event';
    RETURN NULL;
END $$;
CREATE TRIGGER search_person AFTER UPDATE OF name, email ON accounts_user
    FOR EACH ROW WHEN ((OLD.name, OLD.email) IS DISTINCT FROM (NEW.name, NEW.email))
    EXECUTE FUNCTION tickets_search_person();

CREATE FUNCTION tickets_search_file() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO tickets_searchpending (entry) SELECT NEW.entry_id;
    RETURN NULL;
END $$;
CREATE TRIGGER search_file AFTER UPDATE OF entry_id, filename ON tickets_attachment
    FOR EACH ROW WHEN ((OLD.entry_id, OLD.filename) IS DISTINCT FROM (NEW.entry_id, NEW.filename))
    EXECUTE FUNCTION tickets_search_file();

INSERT INTO tickets_searchpending (entry) SELECT id FROM tickets_entry WHERE kind <> 'event' ORDER BY id;
"""
NO_TRIGGERS = """
DROP TRIGGER search_added ON tickets_entry;
DROP TRIGGER search_gone ON tickets_entry;
DROP TRIGGER search_entry ON tickets_entry;
DROP TRIGGER search_request ON tickets_ticket;
DROP TRIGGER search_person ON accounts_user;
DROP TRIGGER search_file ON tickets_attachment;
DROP FUNCTION tickets_search_added, tickets_search_gone, tickets_search_entry, tickets_search_request,
    tickets_search_person, tickets_search_file;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("tickets", "0004_technicians_work"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="SavedView",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=80)),
                ("filters", models.JSONField(default=dict)),
                ("order", models.CharField(max_length=12)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "ordering": [django.db.models.functions.text.Lower("name"), "id"],
            },
        ),
        migrations.CreateModel(
            name="SearchDocument",
            fields=[
                (
                    "entry",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        primary_key=True,
                        related_name="document",
                        serialize=False,
                        to="tickets.entry",
                    ),
                ),
                ("vector", django.contrib.postgres.search.SearchVectorField()),
            ],
        ),
        migrations.CreateModel(
            name="SearchPending",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("entry", models.BigIntegerField()),
            ],
        ),
        migrations.RemoveIndex(
            model_name="ticket",
            name="tickets_tic_status_130c04_idx",
        ),
        migrations.RemoveIndex(
            model_name="ticket",
            name="tickets_tic_updated_270f2e_idx",
        ),
        migrations.AlterField(
            model_name="ticket",
            name="requester",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="tickets",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AlterField(
            model_name="ticket",
            name="technician",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="assigned_tickets",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AlterField(
            model_name="ticket",
            name="technician_group",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="tickets",
                to="accounts.techniciangroup",
            ),
        ),
        migrations.AddIndex(
            model_name="ticket",
            index=models.Index(fields=["-updated_at", "-number"], name="ticket_activity"),
        ),
        migrations.AddIndex(
            model_name="ticket",
            index=models.Index(
                condition=models.Q(("deleted_at", None), ("status__in", ["open", "in_progress", "pending"])),
                fields=["-updated_at", "-number"],
                include=("technician_group", "technician", "requester", "company"),
                name="ticket_open",
            ),
        ),
        migrations.AddIndex(
            model_name="ticket",
            index=models.Index(fields=["requester", "-updated_at", "-number"], name="ticket_requester"),
        ),
        migrations.AddIndex(
            model_name="ticket",
            index=models.Index(fields=["technician_group", "-updated_at", "-number"], name="ticket_group"),
        ),
        migrations.AddIndex(
            model_name="ticket",
            index=models.Index(
                condition=models.Q(("technician", None), _negated=True),
                fields=["technician", "-updated_at", "-number"],
                name="ticket_technician",
            ),
        ),
        migrations.AddIndex(
            model_name="ticket",
            index=models.Index(
                condition=models.Q(("company", None), _negated=True),
                fields=["company", "-updated_at", "-number"],
                name="ticket_company",
            ),
        ),
        migrations.AddIndex(
            model_name="ticket",
            index=models.Index(
                condition=models.Q(("category", None), _negated=True),
                fields=["category", "-updated_at", "-number"],
                name="ticket_category",
            ),
        ),
        migrations.AddIndex(
            model_name="ticket",
            index=django.contrib.postgres.indexes.GinIndex(
                condition=models.Q(("tags", []), _negated=True), fields=["tags"], name="ticket_tags"
            ),
        ),
        migrations.AddField(
            model_name="savedview",
            name="group",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.techniciangroup"
            ),
        ),
        migrations.AddField(
            model_name="savedview",
            name="owner",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="searchdocument",
            name="ticket",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="documents",
                to="tickets.ticket",
            ),
        ),
        migrations.AddConstraint(
            model_name="savedview",
            constraint=models.CheckConstraint(
                condition=models.Q(("owner", None), ("group", None), _connector="OR"), name="saved_view_one_audience"
            ),
        ),
        migrations.AddIndex(
            model_name="searchdocument",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["vector"], gin_pending_list_limit=1024, name="search_words"
            ),
        ),
        migrations.RunSQL(TRIGGERS, NO_TRIGGERS),
    ]
