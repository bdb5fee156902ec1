from django.db import migrations

from audit.rls import function, protect, role
from audit.roles import Role

UID = "(SELECT sec.uid())"
LED = "ANY(ARRAY(SELECT sec.led_engagements()))"
ATTENDED = "ANY(ARRAY(SELECT sec.attended_engagements()))"
SEC = role(Role.SEC)
led, attended = f"engagement_id = {LED}", f"engagement_id = {ATTENDED}"
# The policy of goals says which of them somebody sees: own and shared ones, and a supervisor all.
SEEN = "goal_id IN (SELECT g.id FROM engagements_goal g)"
OWN = "goal_id IN (SELECT g.id FROM engagements_goal g WHERE g.owner_id IS NOT NULL)"


def trigger(name: str, table: str, when: str, body: str, declare: str = "") -> migrations.RunSQL:
    """Return the operation that has the database check a rule, which sees all rows, before a row is written."""
    return migrations.RunSQL(
        f"""
        CREATE FUNCTION sec.{name}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
          SET search_path = pg_catalog, public, pg_temp AS $fn$ {declare} BEGIN {body} RETURN NEW; END $fn$;
        ALTER FUNCTION sec.{name}() OWNER TO {SEC};
        CREATE TRIGGER {name} BEFORE {when} ON {table} FOR EACH ROW EXECUTE FUNCTION sec.{name}();
        """,
        f"DROP TRIGGER {name} ON {table}; DROP FUNCTION sec.{name}()",
    )


# Progress is of a goal and a session of its own process, while that is under way, and by the levels in use.
FITS = """
  IF NOT EXISTS (SELECT FROM engagements_goal g JOIN engagements_engagement e ON e.id = g.engagement_id
                  WHERE g.id = NEW.goal_id AND e.id = NEW.engagement_id AND e.state IN ('active', 'paused')) THEN
    RAISE EXCEPTION 'progress is of a goal of a process under way' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF NEW.session_id IS NOT NULL AND NOT EXISTS (
      SELECT FROM supervision_session s WHERE s.id = NEW.session_id AND s.engagement_id = NEW.engagement_id) THEN
    RAISE EXCEPTION 'a session of its own process' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF NEW.levels_id IS NOT NULL AND NEW.levels_id IS DISTINCT FROM (
      SELECT l.id FROM engagements_goallevels l WHERE l.goal_id = NEW.goal_id ORDER BY l.version DESC LIMIT 1) THEN
    RAISE EXCEPTION 'a goal is scored by the levels in use' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
"""
# What was scored stays what it was, and what was noted of one person's goal is never turned over to another.
FIXED = """
  IF (NEW.text, NEW.weight) IS DISTINCT FROM (OLD.text, OLD.weight)
     AND EXISTS (SELECT FROM supervision_progress p WHERE p.goal_id = OLD.id AND p.level IS NOT NULL)
     OR (NEW.owner_id, NEW.engagement_id) IS DISTINCT FROM (OLD.owner_id, OLD.engagement_id)
     AND EXISTS (SELECT FROM supervision_progress p WHERE p.goal_id = OLD.id) THEN
    RAISE EXCEPTION 'a goal that was scored stays as it was' USING ERRCODE = 'restrict_violation';
  END IF;
"""
# Nobody writes in another's words: who is not the author may only take an entry away. What is gone stays so.
WORDS = """
  IF TG_OP = 'INSERT' THEN
    IF NOT EXISTS (SELECT FROM engagements_engagement e WHERE e.id = NEW.engagement_id AND e.state IN ('active', 'paused')) THEN
      RAISE EXCEPTION 'a board is written on while its process is under way' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
  ELSIF OLD.removed_at IS NOT NULL OR NEW.removed_at IS NULL AND sec.uid() IS DISTINCT FROM OLD.author_id THEN
    RAISE EXCEPTION 'an entry is its author''s' USING ERRCODE = 'restrict_violation';
  END IF;
"""
MINE = f"author_id = {UID}"

# Who opened what concerns the person asking, in one process of theirs; never their own readings. Of events that say
# nothing but ids the day of the session is found here. Tables of texts are asked for by name, where they are there.
READS = """
DECLARE
  mine uuid[] := ARRAY(SELECT a.id FROM engagements_participation a JOIN accounts_person p ON p.id = a.person_id
                        WHERE a.engagement_id = process AND a.left_on IS NULL AND p.user_id = sec.uid());
  since date := (SELECT min(coalesce(a.joined_on, '-infinity')) FROM engagements_participation a WHERE a.id = ANY(mine));
  leads boolean := process IN (SELECT sec.led_engagements());
  entry audit_entry;
BEGIN
  IF NOT leads AND process NOT IN (SELECT sec.attended_engagements()) THEN RETURN; END IF;
  FOR entry IN
    SELECT * FROM audit_entry e WHERE e.stream = process::text AND e.actor IS DISTINCT FROM sec.uid()
       AND e.event IN ('memo.read', 'answer.read', 'note.read', 'progress.read', 'contract.viewed')
       AND (leads OR e.at >= since)
     ORDER BY e.number DESC
  LOOP
    at := entry.at; actor := entry.actor; event := entry.event; about := NULL; client := false; version := NULL;
    IF event = 'memo.read' THEN
      SELECT s.starts_at INTO about FROM supervision_session s WHERE s.id IN (
        SELECT m.session_id FROM supervision_memo m WHERE m.id = entry.obj
        UNION SELECT a.session_id FROM supervision_memoaddition a WHERE a.id = entry.obj);
    ELSIF event = 'answer.read' THEN
      SELECT w.answered_at INTO about FROM supervision_taskanswer w
       WHERE w.id = entry.obj AND w.participation_id = ANY(mine);
      CONTINUE WHEN NOT FOUND;
    ELSIF event = 'note.read' THEN
      SELECT s.starts_at INTO about FROM supervision_note n LEFT JOIN supervision_session s ON s.id = n.session_id
       WHERE n.id = entry.obj AND n.author_id = sec.uid();
      CONTINUE WHEN NOT FOUND;
    ELSIF event = 'progress.read' THEN
      CONTINUE WHEN NOT EXISTS (SELECT FROM engagements_goal g WHERE g.id = entry.obj AND g.owner_id = ANY(mine));
    ELSE
      client := EXISTS (
        SELECT FROM engagements_contractparty q JOIN accounts_person p ON p.id = q.person_id
          JOIN engagements_contract k ON k.id = q.contract_id
         WHERE k.engagement_id = process AND q.kind NOT IN ('supervisor', 'supervisee')
           AND (p.user_id = entry.actor OR entry.actor IS NULL AND p.id = (
             SELECT r.person_id FROM engagements_signaturerequest r WHERE r.id = entry.obj)));
      CONTINUE WHEN NOT client;
      version := (entry.data ->> 'version')::integer;
    END IF;
    RETURN NEXT;
  END LOOP;
END
"""


class Migration(migrations.Migration):
    dependencies = [
        ("supervision", "0015_progress_diary_board"),
        ("engagements", "0021_goal_levels_rules"),
        ("audit", "0002_actor_is_who_asks"),
        ("vault", "0002_rules"),
    ]
    operations = [
        migrations.RunSQL(
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {SEC}", migrations.RunSQL.noop
        ),
        *protect(
            "supervision_progress",
            select=f"({led} OR {attended}) AND {SEEN}",
            insert=f"by_id = {UID} AND ({led} OR {attended} AND {OWN}) AND {SEEN}",
            delete=f"by_id = {UID} AND ({led} OR {attended})",
        ),
        *protect("supervision_diaryentry", select=MINE, insert=MINE, update=MINE, delete=MINE),
        *protect(
            "supervision_boardentry",
            select=f"{led} OR {attended}",
            insert=f"{MINE} AND ({led} OR {attended})",
            update=f"{led} OR {MINE} AND {attended}",
        ),
        trigger("progress_fits", "supervision_progress", "INSERT OR UPDATE", FITS),
        trigger("goal_fixed", "engagements_goal", "UPDATE OF text, weight, owner_id, engagement_id", FIXED),
        trigger("board_words", "supervision_boardentry", "INSERT OR UPDATE", WORDS),
        function(
            "reads_of(process uuid)",
            "TABLE (at timestamptz, actor uuid, event text, about timestamptz, client boolean, version integer)",
            READS,
            language="plpgsql",
        ),
    ]
