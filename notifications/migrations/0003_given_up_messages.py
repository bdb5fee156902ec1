from django.db import migrations, models

from audit.rls import function
from audit.roles import Role

# All that an administrator can do to a message: have the dispatcher try again what it had given up.
TRY_AGAIN = """
  WITH again AS (
    UPDATE notifications_message
       SET state = 'pending', attempts = 0, next_at = statement_timestamp(), last_error = '', token = NULL,
           lease_until = NULL
     WHERE id = message AND state = 'dead' RETURNING 1)
  SELECT EXISTS (SELECT FROM again)
"""


class Migration(migrations.Migration):
    dependencies = [("notifications", "0002_may_be_addressed_otherwise_and_declined")]
    operations = [
        migrations.AlterModelOptions(
            name="message", options={"verbose_name": "message", "verbose_name_plural": "messages"}
        ),
        migrations.AlterField(
            model_name="message",
            name="state",
            field=models.CharField(
                choices=[
                    ("pending", "waiting"),
                    ("sending", "being sent"),
                    ("sent", "sent"),
                    ("dropped", "not needed any more"),
                    ("dead", "given up"),
                ],
                default="pending",
                max_length=8,
                verbose_name="State",
            ),
        ),
        function("try_again(message uuid)", "boolean", TRY_AGAIN, volatile=True, caller=Role.ADMIN),
    ]
