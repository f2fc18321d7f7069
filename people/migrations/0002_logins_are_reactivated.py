import people.querysets
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("people", "0001_initial")]

    operations = [
        migrations.AlterModelManagers(
            name="user",
            managers=[("objects", people.querysets.UserManager())],
        ),
        migrations.AddField(
            model_name="user",
            name="reactivated_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
