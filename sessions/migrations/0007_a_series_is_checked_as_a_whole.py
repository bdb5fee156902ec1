import django.contrib.postgres.constraints
import django.db.models.constraints
from django.db import migrations


class Migration(migrations.Migration):
    """Let an action ask that double booking be checked when all its rows are written, not row by row.

    An exclusion constraint cannot be altered, so it is dropped and made again, in one transaction: supervision_booking
    is locked against reading and writing while its index is built. No moment
    passes without the constraint.
    """

    dependencies = [("supervision", "0006_series")]

    operations = [
        migrations.RemoveConstraint(model_name="booking", name="booking_no_double"),
        migrations.AddConstraint(
            model_name="booking",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                deferrable=django.db.models.constraints.Deferrable["IMMEDIATE"],
                expressions=[("user", "="), ("during", "&&")],
                name="booking_no_double",
                violation_error_message="The supervisor already has a session at this time.",
            ),
        ),
    ]
