"""Who sees times that are offered and says what of them; that one of them is picked once, and by whom; who cannot come."""

from django.db import migrations

from audit.rls import function, protect, role
from audit.roles import Role

#: As `sessions.models.offer` has it.
MOST_TIMES = 12
LED = "ANY(ARRAY(SELECT sec.led_engagements()))"
ATTENDED = "ANY(ARRAY(SELECT sec.attended_engagements()))"
OWN = "ANY(ARRAY(SELECT sec.own_persons()))"
OF_LED = f"offer_id IN (SELECT o.id FROM supervision_offer o WHERE o.engagement_id = {LED})"
TIMES_LED = f"""time_id IN (SELECT t.id FROM supervision_offeredtime t
   JOIN supervision_offer o ON o.id = t.offer_id WHERE o.engagement_id = {LED})"""
ONESELF = f"participation_id IN (SELECT a.id FROM engagements_participation a WHERE a.person_id = {OWN})"
# Whose row it is; what may be said in it, and until when, is the trigger's.
THEIRS = f"{TIMES_LED} OR {ONESELF}"


def rule(name: str, table: str, fires: str, body: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"""
        CREATE FUNCTION sec.{name}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
          SET search_path = pg_catalog, public, pg_temp AS $fn$ {body} $fn$;
        ALTER FUNCTION sec.{name}() OWNER TO {role(Role.SEC)};
        CREATE TRIGGER {name} BEFORE {fires} ON {table} FOR EACH ROW EXECUTE FUNCTION sec.{name}();
        """,
        f"DROP TRIGGER {name} ON {table}; DROP FUNCTION sec.{name}()",
    )


def refuse(why: str) -> str:
    return f"RAISE EXCEPTION '{why}' USING ERRCODE = 'restrict_violation';"


# What was offered stays as it was offered; it is withdrawn or settled once, and neither is taken back.
OFFER = f"""
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF EXISTS (SELECT FROM engagements_engagement e WHERE e.id = NEW.engagement_id AND e.example) THEN
      {refuse("an example keeps to itself")}
    END IF;
  ELSIF (OLD.withdrawn_at IS NOT NULL OR OLD.settled_at IS NOT NULL)
     AND (OLD.withdrawn_at, OLD.settled_at) IS DISTINCT FROM (NEW.withdrawn_at, NEW.settled_at) THEN
    {refuse("an offer that is over stays as it is")}
  END IF;
  IF NEW.session_id IS NOT NULL AND NOT EXISTS (
    SELECT FROM supervision_session s WHERE s.id = NEW.session_id AND s.engagement_id = NEW.engagement_id) THEN
    {refuse("an offer and its session are of one process")}
  END IF;
  RETURN NEW;
END
"""
TIME = f"""
BEGIN
  PERFORM FROM supervision_offer o WHERE o.id = NEW.offer_id FOR NO KEY UPDATE;
  IF (SELECT count(*) FROM supervision_offeredtime t WHERE t.offer_id = NEW.offer_id) >= {MOST_TIMES} THEN
    {refuse("twelve times are offered at most")}
  END IF;
  RETURN NEW;
END
"""
# An own answer is one's own, on time and while the poll is open; a supervisor writes down what others say in their own
# name, and never over what somebody has said themselves.
ANSWER = f"""
DECLARE o supervision_offer;
BEGIN
  SELECT f.* INTO o FROM supervision_offer f JOIN supervision_offeredtime t ON t.offer_id = f.id
   WHERE t.id = NEW.time_id FOR SHARE OF f;
  IF o.kind <> 'poll' OR o.withdrawn_at IS NOT NULL OR o.settled_at IS NOT NULL THEN
    {refuse("answers are taken no more")}
  END IF;
  IF NOT EXISTS (SELECT FROM engagements_participation a
                  WHERE a.id = NEW.participation_id AND a.engagement_id = o.engagement_id AND a.left_on IS NULL) THEN
    {refuse("an answer is of a supervisee of the same process")}
  END IF;
  IF NEW.recorded_by_id IS NULL THEN
    IF NEW.participation_id NOT IN (SELECT a.id FROM engagements_participation a
                                     WHERE a.person_id IN (SELECT sec.own_persons())) THEN
      {refuse("an own answer is given by oneself")}
    END IF;
    IF (NEW.at AT TIME ZONE 'Europe/Helsinki')::date > o.answer_by THEN
      {refuse("the last day to answer is over")}
    END IF;
  ELSIF NEW.recorded_by_id IS DISTINCT FROM sec.uid() OR o.engagement_id NOT IN (SELECT sec.led_engagements()) THEN
    {refuse("a supervisor writes down in their own name")}
  ELSIF TG_OP = 'UPDATE' AND OLD.recorded_by_id IS NULL THEN
    {refuse("an own answer stays")}
  END IF;
  RETURN NEW;
END
"""

# Which times of an offer are still to come and taken by nobody who leads its process.
UNTAKEN = """
  SELECT t.id FROM supervision_offeredtime t JOIN supervision_offer o ON o.id = t.offer_id
   WHERE o.id = asked AND t.starts_at > moment
     AND NOT EXISTS (
       SELECT FROM supervision_booking b
        WHERE b.during && tstzrange(t.starts_at, t.ends_at) AND b.user_id IN (
          SELECT e.lead_id FROM engagements_engagement e WHERE e.id = o.engagement_id
          UNION SELECT c.user_id FROM engagements_cosupervisor c
                 WHERE c.engagement_id = o.engagement_id AND c.until IS NULL))
"""
# … for whoever leads the process or is in it; and how many, for the worker too.
FREE = """
  SELECT u.id FROM sec.untaken_times(asked, moment) u (id)
   WHERE EXISTS (SELECT FROM supervision_offer o WHERE o.id = asked
     AND (o.engagement_id IN (SELECT sec.led_engagements()) OR o.engagement_id IN (SELECT sec.attended_engagements())))
"""
LEFT = "SELECT count(*)::int FROM sec.free_times(asked, moment)"
LEFT_OF_ALL = "SELECT count(*)::int FROM sec.untaken_times(asked, moment)"

# The first to pick decides. That nobody is booked twice is said by the bookings, as of every session: the caller hears
# their refusal. Two who book in one process take turns on its row, as everywhere, and two who pick of one offer on its.
PICK = """
DECLARE o supervision_offer; t supervision_offeredtime; made uuid := gen_random_uuid();
BEGIN
  SELECT * INTO t FROM supervision_offeredtime WHERE id = asked;
  PERFORM FROM engagements_engagement e JOIN supervision_offer f ON f.engagement_id = e.id
    WHERE f.id = t.offer_id FOR NO KEY UPDATE OF e;
  SELECT * INTO o FROM supervision_offer WHERE id = t.offer_id FOR NO KEY UPDATE;
  IF o.id IS NULL OR o.kind <> 'first' OR o.withdrawn_at IS NOT NULL OR o.settled_at IS NOT NULL
     OR o.answer_by < (moment AT TIME ZONE 'Europe/Helsinki')::date OR t.starts_at <= moment
     OR o.engagement_id NOT IN (SELECT sec.attended_engagements())
     OR NOT EXISTS (SELECT FROM engagements_engagement e WHERE e.id = o.engagement_id
                      AND (e.state = 'active' OR e.state = 'offered' AND o.trial)) THEN
    RETURN NULL;
  END IF;
  INSERT INTO supervision_session (id, engagement_id, starts_at, ends_at, mode, place, link, trial, state, reason,
                                   sequence, created_at)
  VALUES (made, o.engagement_id, t.starts_at, t.ends_at, o.mode, o.place, o.link, o.trial, 'planned', '', 0, moment);
  UPDATE supervision_offer SET settled_at = moment, settled_by_id = sec.uid(), session_id = made WHERE id = o.id;
  INSERT INTO engagements_event (id, engagement_id, kind, at, actor_id, audience, data)
  VALUES (gen_random_uuid(), o.engagement_id, 'booked', moment, sec.uid(), 'participants',
          jsonb_build_object('session', made, 'starts_at', began));
  RETURN made;
END
"""

# Of a session of several that is to come, in a process in which the asker is now. Said of one time: of another it says
# nothing. What stands is not said anew.
COMING = """
DECLARE s supervision_session; mine uuid;
BEGIN
  SELECT * INTO s FROM supervision_session WHERE id = asked FOR SHARE;
  SELECT a.id INTO mine FROM engagements_participation a
   WHERE a.engagement_id = s.engagement_id AND a.person_id IN (SELECT sec.own_persons()) AND a.left_on IS NULL LIMIT 1;
  IF mine IS NULL OR s.state <> 'planned' OR s.starts_at <= moment
     OR (SELECT count(*) FROM engagements_participation a WHERE a.engagement_id = s.engagement_id AND a.left_on IS NULL) < 2
  THEN
    RETURN false;
  END IF;
  IF comes THEN
    UPDATE supervision_cannotcome SET told_at = NULL WHERE session_id = asked AND participation_id = mine;
  ELSE
    INSERT INTO supervision_cannotcome AS c (id, session_id, participation_id, starts_at, told_at)
    VALUES (gen_random_uuid(), asked, mine, s.starts_at, moment)
    ON CONFLICT (session_id, participation_id) DO UPDATE SET starts_at = EXCLUDED.starts_at, told_at = EXCLUDED.told_at
      WHERE c.told_at IS NULL OR c.starts_at <> EXCLUDED.starts_at;
  END IF;
  RETURN true;
END
"""


class Migration(migrations.Migration):
    dependencies = [("supervision", "0029_times_offered"), ("engagements", "0024_names_told")]
    operations = [
        migrations.RunSQL(
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role(Role.SEC)}",
            migrations.RunSQL.noop,
        ),
        *protect(
            "supervision_offer",
            select=f"engagement_id = {LED} OR engagement_id = {ATTENDED}",
            insert=f"engagement_id = {LED}",
            update=f"engagement_id = {LED}",
            worker="SELECT",
        ),
        *protect(
            "supervision_offeredtime",
            select=f"offer_id IN (SELECT o.id FROM supervision_offer o WHERE o.engagement_id = {LED}"
            f" OR o.engagement_id = {ATTENDED})",
            insert=OF_LED,
            worker="SELECT",
        ),
        *protect(
            "supervision_timeanswer",
            select=THEIRS,
            insert=THEIRS,
            update=THEIRS,
            worker="SELECT",
        ),
        *protect(
            "supervision_cannotcome",
            select=f"session_id IN (SELECT s.id FROM supervision_session s WHERE s.engagement_id = {LED}) OR {ONESELF}",
            insert="false",
            worker="SELECT",
        ),
        rule("offer_holds", "supervision_offer", "INSERT OR UPDATE", OFFER),
        rule("offered_time_holds", "supervision_offeredtime", "INSERT", TIME),
        rule("time_answer_holds", "supervision_timeanswer", "INSERT OR UPDATE", ANSWER),
        function("untaken_times(asked uuid, moment timestamptz)", "SETOF uuid", UNTAKEN, caller=Role.SEC),
        function("offer_left(asked uuid, moment timestamptz)", "int", LEFT_OF_ALL, caller=Role.WORKER),
        function("free_times(asked uuid, moment timestamptz)", "SETOF uuid", FREE),
        function("times_left(asked uuid, moment timestamptz)", "int", LEFT),
        function(
            "pick_time(asked uuid, began text, moment timestamptz)", "uuid", PICK, volatile=True, language="plpgsql"
        ),
        function(
            "say_coming(asked uuid, comes boolean, moment timestamptz)",
            "boolean",
            COMING,
            volatile=True,
            language="plpgsql",
        ),
    ]
