import accounts.models.person
from django.db import migrations, models


class Migration(migrations.Migration):
    """Lists read processes by name: the key is a column, since under row-level security an index on an expression
    would not be used. Adding it rewrites the table, which takes a second for a hundred thousand processes.
    """

    dependencies = [
        ("accounts", "0006_administrators_and_invitations"),
        ("engagements", "0009_frames_for_administrators"),
    ]

    operations = [
        migrations.AddField(
            model_name="engagement",
            name="sort_key",
            field=models.GeneratedField(
                db_persist=True,
                expression=accounts.models.person.FinnishOrder("title"),
                output_field=models.CharField(db_collation="C", max_length=120),
            ),
        ),
        migrations.AddIndex(
            model_name="engagement",
            index=models.Index(fields=["lead", "sort_key", "id"], name="engagement_of_lead_by_name"),
        ),
        migrations.AddIndex(
            model_name="engagement",
            index=models.Index(fields=["practice", "sort_key", "id"], name="engagement_of_practice_by_name"),
        ),
    ]
