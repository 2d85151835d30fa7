from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("inbox", "0003_mailboxcursor_delta"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="inboundemail",
            index=models.Index(fields=["mailbox", "-received_at"], name="inbound_of_mailbox"),
        ),
    ]
