from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # an index built beside the work does not stop it
    dependencies = [("notifications", "0003_given_up_messages")]
    operations = [
        AddIndexConcurrently(
            "message",
            models.Index(condition=models.Q(("state", "dead")), fields=["created_at"], name="message_given_up"),
        )
    ]
