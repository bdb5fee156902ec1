from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("engagements", "0016_scanned_agreements"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="contract",
            name="contract_one_agreed_at_a_time",
        ),
        migrations.RemoveConstraint(
            model_name="contract",
            name="contract_agreed_says_when_and_how",
        ),
        migrations.AddField(
            model_name="contract",
            name="valid_from",
            field=models.DateField(blank=True, null=True, verbose_name="In force from"),
        ),
        migrations.AlterField(
            model_name="contract",
            name="state",
            field=models.CharField(
                choices=[("draft", "draft"), ("offered", "offered"), ("agreed", "agreed")],
                default="draft",
                editable=False,
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="event",
            name="kind",
            field=models.CharField(
                choices=[
                    ("created", "The process was opened"),
                    ("copied", "The process was opened from an earlier one"),
                    ("offered", "The contract was offered"),
                    ("withdrawn", "The offer was withdrawn"),
                    ("agreed", "The contract was agreed"),
                    ("started", "The process started"),
                    ("paused", "The process was paused"),
                    ("resumed", "The process continued"),
                    ("closed", "The process was closed"),
                    ("joined", "A supervisee joined"),
                    ("left", "A supervisee left"),
                    ("booked", "A session was booked"),
                    ("moved", "A session was moved"),
                    ("relocated", "The place of a session changed"),
                    ("cancelled", "A session was cancelled"),
                    ("held", "A session was held"),
                    ("no_show", "Nobody came to a session"),
                    ("imported", "The process was imported"),
                    ("series_booked", "A series of sessions was booked"),
                    ("series_moved", "Several sessions were moved"),
                    ("series_relocated", "The place of several sessions changed"),
                    ("series_cancelled", "Several sessions were cancelled"),
                    ("signed", "Somebody signed"),
                    ("declined", "Somebody declined to sign"),
                    ("scan_added", "A scanned agreement was added"),
                    ("scan_withdrawn", "A scanned agreement was withdrawn"),
                    ("amended", "A change of the contract was begun"),
                    ("dropped", "A change of the contract was given up"),
                ],
                max_length=16,
            ),
        ),
        migrations.AddConstraint(
            model_name="contract",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["draft", "offered"])),
                fields=("engagement",),
                name="contract_one_open_at_a_time",
                violation_error_message="A new version is being written or offered already.",
            ),
        ),
        migrations.AddConstraint(
            model_name="contract",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "agreed"), _negated=True),
                    models.Q(("agreed_on__isnull", False), models.Q(("agreed_how", ""), _negated=True)),
                    _connector="OR",
                ),
                name="contract_agreed_says_when_and_how",
            ),
        ),
    ]
