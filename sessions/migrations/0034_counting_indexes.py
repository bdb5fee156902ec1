"""What counts among the sessions of a process, and what was marked lately, without going through all of them."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("supervision", "0033_phases")]
    operations = [
        AddIndexConcurrently(
            "session",
            models.Index(
                fields=["engagement", "starts_at", "id"],
                include=["state"],
                condition=models.Q(trial=False, state__in=["held", "planned"]),
                name="session_counting",
            ),
        ),
        AddIndexConcurrently(
            "session",
            models.Index(fields=["engagement", "marked_at"], condition=models.Q(state="held"), name="session_marked"),
        ),
    ]
