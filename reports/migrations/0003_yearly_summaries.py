"""The facts of one year, as far as the clauses tell them to the asker; and that a client has looked at them."""

from importlib import import_module

from django.db import migrations

from audit.rls import function

FACTS = import_module("sessions.migrations.0012_facts_by_version").FACTS
READS_BEFORE = import_module("reports.migrations.0002_rules").READS
reads = import_module("evaluations.migrations.0004_changes_agreed").reads


def first_of(year: str) -> str:
    return f"make_timestamptz({year}, 1, 1, 0, 0, 0, 'Europe/Helsinki')"


# The same as `sec.told_facts`, of sessions that began in one calendar year of Helsinki; of a year of which no day is told
# nothing is, rather than that there was none.
OF_YEAR = FACTS.replace(
    "s.state = 'held'",
    f"s.state = 'held' AND s.starts_at >= {first_of('asked_year')} AND s.starts_at < {first_of('asked_year + 1')}",
).replace(
    "FROM t GROUP BY t.engagement_id)",
    f"FROM t WHERE t.since < {first_of('asked_year + 1')} AND t.until > {first_of('asked_year')} GROUP BY t.engagement_id)",
)
RETURNS = "TABLE (engagement_id uuid, dates timestamptz[], minutes int, present int, until timestamptz)"

READS = READS_BEFORE.replace("'report.viewed')", "'report.viewed', 'year.viewed')", 1).replace(
    "    ELSIF event = 'report.viewed' THEN",
    """    ELSIF event = 'year.viewed' THEN
      version := (entry.data ->> 'year')::integer;
      client := true;
    ELSIF event = 'report.viewed' THEN""",
    1,
)


class Migration(migrations.Migration):
    dependencies = [("reports", "0002_rules"), ("supervision", "0012_facts_by_version")]
    operations = [
        function("told_in_year(asked_year int, at timestamptz)", RETURNS, OF_YEAR),
        migrations.RunSQL(reads(READS).sql, reads(READS_BEFORE).sql),
    ]
