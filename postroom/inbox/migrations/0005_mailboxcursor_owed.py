import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('inbox', '0004_index_of_mailbox'),
    ]

    operations = [
        migrations.AddField(
            model_name='mailboxcursor',
            name='owed',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), blank=True, default=list, size=None),
        ),
    ]
