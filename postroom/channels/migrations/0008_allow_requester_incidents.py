from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('channels', '0007_verify_alias_and_sign_in_steps'),
    ]

    operations = [
        migrations.AddField(
            model_name='settings',
            name='allow_requester_incidents',
            field=models.BooleanField(default=True),
        ),
    ]
