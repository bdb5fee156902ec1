from django.db import migrations

from audit.rls import policy
from audit.roles import Role


class Migration(migrations.Migration):
    dependencies = [("engagements", "0005_one_practice_all_through")]
    operations = [
        # product.md, who sees what: a practice's administrator reads its contracts, once they are offered.
        policy(
            "engagements_contract",
            "app_administered",
            Role.APP,
            "SELECT",
            "USING (state <> 'draft' AND engagement_id = ANY(ARRAY(SELECT sec.administered_engagements())))",
        ),
    ]
