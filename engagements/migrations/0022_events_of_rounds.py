from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("engagements", "0021_goal_levels_rules"),
    ]

    operations = [
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
                    ("memo", "A memo was written"),
                    ("task", "A task was given"),
                    ("levels", "The levels of a goal were described"),
                    ("progress", "Progress towards a goal was noted"),
                    ("waived", "The fee of a session was waived"),
                    ("round_opened", "An evaluation was opened"),
                    ("round_closed", "An evaluation was closed"),
                    ("round_off", "An evaluation was called off"),
                ],
                max_length=16,
            ),
        ),
    ]
