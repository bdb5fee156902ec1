"""A portfolio is its owner's and nobody else's. The worker learns one thing: whose own supervision has become rare."""

from django.db import migrations

from audit.rls import function, protect, role
from audit.roles import Role

SEC = role(Role.SEC)
OWN = "owner_id = (SELECT sec.uid())"
OF_OWN_FILE = "file_id IN (SELECT f.id FROM portfolio_keptfile f WHERE f.owner_id = (SELECT sec.uid()))"
# What a file is of is seen by its owner alone: the policy of its table is asked by this.
OF_OWN_ROW = (
    f"{OWN} AND (training_id IS NULL OR training_id IN (SELECT t.id FROM portfolio_training t))"
    " AND (entry_id IS NULL OR entry_id IN (SELECT l.id FROM portfolio_logentry l))"
)

# Held sessions of supervision of supervision that the person asking attended; also of a process they have left since.
OWN_TOTO = """
  SELECT DISTINCT s.id, s.starts_at, s.ends_at, coalesce(nullif(u.full_name, ''), u.email)
    FROM engagements_participation a
    JOIN accounts_person p ON p.id = a.person_id AND p.user_id = sec.uid()
    JOIN engagements_engagement e ON e.id = a.engagement_id AND e.focus = 'toto' AND NOT e.example
    JOIN accounts_user u ON u.id = e.lead_id
    JOIN supervision_session s ON s.engagement_id = e.id AND s.state = 'held'
    LEFT JOIN supervision_attendance t ON t.session_id = s.id AND t.participation_id = a.id
   WHERE t.presence = 'present' OR t.id IS NULL
     AND (a.joined_on IS NULL OR a.joined_on <= (s.starts_at AT TIME ZONE 'Europe/Helsinki')::date)
     AND (a.left_on IS NULL OR a.left_on > (s.starts_at AT TIME ZONE 'Europe/Helsinki')::date)
"""
# Supervisors who want so many in half a year, have had fewer, for long enough none, and have planned none. A planned
# session counts from the day it is planned; what is longer ago than two years nobody asks about any more.
THIN = """
  SELECT t.who, (max(t.at) AT TIME ZONE 'Europe/Helsinki')::date FROM (
    SELECT p.user_id AS who, s.starts_at AS at
      FROM supervision_session s
      JOIN engagements_engagement e ON e.id = s.engagement_id AND e.focus = 'toto' AND NOT e.example
      JOIN engagements_participation a ON a.engagement_id = e.id
      JOIN accounts_person p ON p.id = a.person_id AND p.user_id IS NOT NULL
     WHERE s.state = 'planned' AND a.left_on IS NULL OR s.state = 'held' AND NOT EXISTS (
       SELECT FROM supervision_attendance b
        WHERE b.session_id = s.id AND b.participation_id = a.id AND b.presence = 'absent')
    UNION ALL
    SELECT l.owner_id, (l.day + time '12:00') AT TIME ZONE 'Europe/Helsinki' FROM portfolio_logentry l
     WHERE l.kind = 'toto'
  ) t LEFT JOIN portfolio_choice c ON c.owner_id = t.who
   WHERE coalesce(c.toto_least, 2) > 0 AND (chosen IS NULL OR t.who = ANY(chosen))
     AND EXISTS (SELECT FROM accounts_membership m
                  WHERE m.user_id = t.who AND m.kind = 'supervisor' AND m.until IS NULL)
   GROUP BY t.who, coalesce(c.toto_least, 2)
  HAVING max(t.at) < moment - interval '182 days' / coalesce(c.toto_least, 2)
     AND max(t.at) > moment - interval '24 months'
     AND count(*) FILTER (WHERE t.at > moment - interval '182 days') < coalesce(c.toto_least, 2)
"""

OWNED = ("training", "standing", "experience", "spoken", "guideline", "logentry", "choice")


class Migration(migrations.Migration):
    dependencies = [
        ("portfolio", "0001_portfolio"),
        ("engagements", "0024_names_told"),
        ("supervision", "0030_times_offered_rules"),
    ]
    operations = [
        migrations.RunSQL(
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {SEC}", migrations.RunSQL.noop
        ),
        *(
            operation
            for table in OWNED
            for operation in protect(f"portfolio_{table}", select=OWN, insert=OWN, update=OWN, delete=OWN)
        ),
        # What somebody has committed themselves to stays as it was.
        *protect("portfolio_commitment", select=OWN, insert=OWN),
        *protect("portfolio_keptfile", select=OWN, insert=OF_OWN_ROW, delete=OWN),
        *protect("portfolio_keptcontent", select=OF_OWN_FILE, insert=OF_OWN_FILE, delete=OF_OWN_FILE),
        function(
            "own_toto()", "TABLE (session uuid, begins timestamptz, finishes timestamptz, supervisor text)", OWN_TOTO
        ),
        function(
            "toto_thin(moment timestamptz, chosen uuid[])", "TABLE (supervisor uuid, latest date)", THIN,
            caller=Role.WORKER,
        ),
    ]  # fmt: skip
