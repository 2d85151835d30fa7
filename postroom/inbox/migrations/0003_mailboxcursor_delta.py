from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('inbox', '0002_passed_over'),
    ]

    operations = [
        migrations.AddField(
            model_name='mailboxcursor',
            name='delta_link',
            field=models.TextField(blank=True, default=''),
        ),
        migrations.AddField(
            model_name='mailboxcursor',
            name='delta_of',
            field=models.TextField(blank=True, default=''),
        ),
    ]
