from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('channels', '0009_single_sign_on'),
    ]

    operations = [
        migrations.AddField(
            model_name='outgoingserver',
            name='save_to_sent_items',
            field=models.BooleanField(default=True),
        ),
    ]
