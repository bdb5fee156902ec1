"""Sessions of sub-groups, themes of a work community, and those who came unnamed: who sees and says them; the counts."""

from importlib import import_module

from django.db import migrations

from audit.rls import function, protect, role
from audit.roles import Role

SEC = role(Role.SEC)
UID = "(SELECT sec.uid())"
LED = "ANY(ARRAY(SELECT sec.led_engagements()))"
ATTENDED = "ANY(ARRAY(SELECT sec.attended_engagements()))"
OWN = "ANY(ARRAY(SELECT sec.own_persons()))"
ONESELF = f"""participation_id IN (SELECT a.id FROM engagements_participation a
   WHERE a.person_id = {OWN} AND a.left_on IS NULL)"""
OF_LED = f"session_id IN (SELECT s.id FROM supervision_session s WHERE s.engagement_id = {LED})"
SEEN = f"""session_id IN (SELECT s.id FROM supervision_session s
   WHERE s.engagement_id = {LED} OR s.engagement_id = {ATTENDED})"""
RECORDED = f"""recorded_by_id = {UID} AND theme_id IN (
   SELECT t.id FROM supervision_themeproposal t WHERE t.engagement_id = {LED})"""


def rule(name: str, table: str, fires: str, body: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"""
        CREATE FUNCTION sec.{name}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
          SET search_path = pg_catalog, public, pg_temp AS $fn$ BEGIN {body} RETURN NEW; END $fn$;
        ALTER FUNCTION sec.{name}() OWNER TO {SEC};
        CREATE TRIGGER {name} BEFORE {fires} ON {table} FOR EACH ROW EXECUTE FUNCTION sec.{name}();
        """,
        f"DROP TRIGGER {name} ON {table}; DROP FUNCTION sec.{name}()",
    )


def refuse(why: str) -> str:
    return f"RAISE EXCEPTION '{why}' USING ERRCODE = 'restrict_violation';"


FITS = f"""
  IF NOT EXISTS (SELECT FROM supervision_session s JOIN engagements_subgroup g ON g.engagement_id = s.engagement_id
                  WHERE s.id = NEW.session_id AND g.id = NEW.sub_group_id) THEN
    {refuse("a session and its sub-group are of one process")}
  END IF;
"""
# What is supported says the same for all who support it: its words only go, and do not come back.
WORDS = f"""
  IF TG_OP = 'INSERT' THEN
    IF NOT EXISTS (SELECT FROM engagements_engagement e WHERE e.id = NEW.engagement_id
                    AND e.form = 'community' AND e.state IN ('active', 'paused') AND NOT e.example) THEN
      {refuse("themes are proposed in a work community under way")}
    END IF;
  ELSIF OLD.removed_at IS NOT NULL OR NEW.removed_at IS NULL AND NEW.text IS DISTINCT FROM OLD.text THEN
    {refuse("a theme says what it said")}
  END IF;
"""
# One speaks for oneself. A supervisor writes down only what somebody says who cannot log in here.
SPEAKS = f"""
  IF NOT EXISTS (SELECT FROM supervision_themeproposal t
                   JOIN engagements_engagement e ON e.id = t.engagement_id AND e.state IN ('active', 'paused')
                   JOIN engagements_participation a ON a.engagement_id = t.engagement_id AND a.left_on IS NULL
                  WHERE t.id = NEW.theme_id AND t.removed_at IS NULL AND a.id = NEW.participation_id) THEN
    {refuse("a theme is supported by those in its process")}
  END IF;
  IF NEW.recorded_by_id IS NOT NULL AND EXISTS (
      SELECT FROM engagements_participation a JOIN accounts_person p ON p.id = a.person_id
       WHERE a.id = NEW.participation_id AND p.user_id IS NOT NULL) THEN
    {refuse("who can log in speaks for oneself")}
  END IF;
"""
# How many support each theme, for those in the process; never who.
COUNTS = """
  SELECT t.id, count(a.id)::int FROM supervision_themeproposal t
    LEFT JOIN supervision_themesupport u ON u.theme_id = t.id
    LEFT JOIN engagements_participation a ON a.id = u.participation_id AND a.left_on IS NULL
   WHERE t.engagement_id = process AND t.removed_at IS NULL
     AND (process IN (SELECT sec.led_engagements()) OR process IN (SELECT sec.attended_engagements()))
   GROUP BY t.id
"""

FACTS_BEFORE = import_module("sessions.migrations.0012_facts_by_version")
PRACTICE_BEFORE = import_module("sessions.migrations.0010_counts_for_the_practice").COUNTS
BY_NAME = """SELECT count(*)::int FROM supervision_attendance a JOIN supervision_session s ON s.id = a.session_id
       WHERE s.engagement_id = asked.engagement_id AND s.state = 'held' AND a.presence = 'present' AND EXISTS ("""
# Who came unnamed came too. Counted by session: beside each, those whom a row names.
WITH_UNNAMED = """SELECT coalesce(sum(s.unnamed + (SELECT count(*) FROM supervision_attendance a
          WHERE a.session_id = s.id AND a.presence = 'present')), 0)::int FROM supervision_session s
       WHERE s.engagement_id = asked.engagement_id AND s.state = 'held' AND EXISTS ("""
FACTS = FACTS_BEFORE.FACTS.replace(BY_NAME, WITH_UNNAMED)
NAMED, ALL_WHO_CAME = "coalesce(sum(a.present)", "coalesce(sum(a.present + s.unnamed)"
PRACTICE = PRACTICE_BEFORE.replace(NAMED, ALL_WHO_CAME)
if BY_NAME not in FACTS_BEFORE.FACTS or NAMED not in PRACTICE_BEFORE:
    raise AssertionError("The counts of who came are not as they were.")
OF_PRACTICE = (
    "practice_counts(asked uuid[])",
    "TABLE (engagement_id uuid, held int, planned int, minutes int, present int)",
)
TOLD = (FACTS_BEFORE.SIGNATURE, FACTS_BEFORE.RETURNS)


class Migration(migrations.Migration):
    dependencies = [("supervision", "0031_community"), ("engagements", "0026_urgent_and_sub_groups_rules")]
    operations = [
        migrations.RunSQL(
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {SEC}", migrations.RunSQL.noop
        ),
        *protect("supervision_sessionsubgroup", select=SEEN, insert=OF_LED, delete=OF_LED, worker="SELECT"),
        *protect(
            "supervision_themeproposal",
            select=f"engagement_id = {LED} OR engagement_id = {ATTENDED}",
            insert=f"author_id = {UID} AND (engagement_id = {LED} OR engagement_id = {ATTENDED})",
            update=f"engagement_id = {LED} OR author_id = {UID} AND engagement_id = {ATTENDED}",
        ),
        *protect(
            "supervision_themesupport",
            select=f"{ONESELF} OR {RECORDED}",
            insert=f"recorded_by_id IS NULL AND {ONESELF} OR {RECORDED}",
            delete=f"recorded_by_id IS NULL AND {ONESELF} OR {RECORDED}",
        ),
        rule("session_sub_group_fits", "supervision_sessionsubgroup", "INSERT", FITS),
        rule("theme_words", "supervision_themeproposal", "INSERT OR UPDATE", WORDS),
        rule("theme_speaks", "supervision_themesupport", "INSERT", SPEAKS),
        function("theme_counts(process uuid)", "TABLE (theme uuid, supporters int)", COUNTS),
        migrations.RunSQL(function(*TOLD, FACTS).sql, function(*TOLD, FACTS_BEFORE.FACTS).sql),
        migrations.RunSQL(function(*OF_PRACTICE, PRACTICE).sql, function(*OF_PRACTICE, PRACTICE_BEFORE).sql),
    ]
