from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # an index built beside the work does not stop it
    dependencies = [("notifications", "0008_opt_outs_are_preferences")]
    operations = [
        AddIndexConcurrently(
            "message",
            models.Index(
                condition=models.Q(("state", "gathered")), fields=["user", "next_at"], name="message_gathered"
            ),
        )
    ]
