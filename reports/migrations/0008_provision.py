"""What one reader of the client is told of a year, asked by who leads the process: for the proof that they give them."""

from importlib import import_module

from django.db import migrations

from audit.rls import function

TOLD = import_module("engagements.migrations.0018_versions_in_force").TOLD
yearly = import_module("reports.migrations.0003_yearly_summaries")


def replaced(text: str, *pairs: tuple[str, str]) -> str:
    """Return `text` with each pair replaced; raises ValueError where there is nothing to replace."""
    for old, new in pairs:
        if old not in text:
            raise ValueError(old)
        text = text.replace(old, new)
    return text


# The same rule as `sec.told`, of the processes that the asker leads, for the person whom they name.
TOLD_TO = replaced(
    TOLD,
    (
        """SELECT o.engagement_id FROM accounts_person p JOIN engagements_contractparty q ON q.person_id = p.id
         JOIN engagements_contract o ON o.id = q.contract_id WHERE p.user_id = sec.uid()""",
        "SELECT sec.led_engagements()",
    ),
    ("p.user_id = sec.uid()", "p.id = asked_person"),
)
OF_YEAR = replaced(
    yearly.OF_YEAR,
    ("FROM sec.told(at) WHERE", f"FROM ({TOLD_TO}) AS told(engagement_id, what, since, until) WHERE"),
)


class Migration(migrations.Migration):
    dependencies = [("reports", "0007_own_word_of_who_came_back"), ("engagements", "0027_statutory")]
    operations = [function("told_to(asked_person uuid, asked_year int, at timestamptz)", yearly.RETURNS, OF_YEAR)]
