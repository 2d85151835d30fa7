"""Whether signatures are checked here where no trusted server has done so."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("channels", "0011_acknowledgements_per_hour")]

    operations = [
        migrations.AddField(
            model_name="settings", name="check_senders", field=models.BooleanField(default=False)
        )
    ]
