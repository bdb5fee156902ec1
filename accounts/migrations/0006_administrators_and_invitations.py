from django.db import migrations

from audit.rls import policy
from audit.roles import Role


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_example_people")]
    operations = [
        migrations.AlterModelOptions(
            name="invitation", options={"verbose_name": "invitation", "verbose_name_plural": "invitations"}
        ),
        policy("accounts_invitation", "admin_select", Role.ADMIN, "SELECT", "USING (true)"),
    ]
