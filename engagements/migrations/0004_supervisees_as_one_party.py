from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("engagements", "0003_facts_told_to_clients"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="contractparty",
            name="party_is_somebody",
        ),
        migrations.AddConstraint(
            model_name="contractparty",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "supervisor"), ("person", None), ("user__isnull", False)),
                    models.Q(("kind", "supervisee"), ("user", None)),
                    models.Q(
                        models.Q(("kind__in", ["supervisor", "supervisee"]), _negated=True),
                        ("person__isnull", False),
                        ("user", None),
                    ),
                    _connector="OR",
                ),
                name="party_is_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="contractparty",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind", "supervisee"), ("person", None)),
                fields=("contract",),
                name="party_supervisees_once",
            ),
        ),
    ]
