"""That a report was stopped on its way is kept, so that whoever handed it over is told."""

from importlib import import_module

from django.db import migrations, models

from audit.rls import function
from audit.roles import Role

STOP_BEFORE = import_module("reports.migrations.0002_rules").STOP
STOP = STOP_BEFORE.replace("leaves_at = NULL", "leaves_at = NULL, stopped_at = moment", 1)


def stop(body: str) -> str:
    return str(
        function(
            "stop_report(asked uuid, moment timestamptz)", "boolean", body, volatile=True, language="plpgsql",
            caller=Role.WORKER,
        ).sql
    )  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [("reports", "0003_yearly_summaries")]
    operations = [
        migrations.AddField("report", "stopped_at", models.DateTimeField(null=True)),
        migrations.RunSQL(stop(STOP), stop(STOP_BEFORE)),
    ]
