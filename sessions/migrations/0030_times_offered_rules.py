"""Who sees times that are offered and says what of them; that one of them is picked once, and by whom; who cannot come."""

from django.db import migrations

from audit.rls import function, protect, role
from audit.roles import Role

LED = "ANY(ARRAY(SELECT sec.led_engagements()))"
ATTENDED = "ANY(ARRAY(SELECT sec.attended_engagements()))"
OWN = "ANY(ARRAY(SELECT sec.own_persons()))"
OF_LED = f"offer_id IN (SELECT o.id FROM supervision_offer o WHERE o.engagement_id = {LED})"
# A time of a poll that is open, in a process in which the asker is now; whether its last day has passed, the verb asks.
STILL_ASKED = f"""time_id IN (
  SELECT t.id FROM supervision_offeredtime t JOIN supervision_offer o ON o.id = t.offer_id
   WHERE o.withdrawn_at IS NULL AND o.settled_at IS NULL AND o.kind = 'poll'
     AND o.engagement_id = {ATTENDED})"""
TIMES_LED = f"""time_id IN (SELECT t.id FROM supervision_offeredtime t
   JOIN supervision_offer o ON o.id = t.offer_id WHERE o.engagement_id = {LED})"""
ONESELF = f"participation_id IN (SELECT a.id FROM engagements_participation a WHERE a.person_id = {OWN})"
WRITES = f"{TIMES_LED} OR ({ONESELF} AND {STILL_ASKED} AND recorded_by_id IS NULL)"

# What was offered stays as it was offered; it is withdrawn or settled once, and neither is taken back.
STAYS = f"""
CREATE FUNCTION sec.offer_stays() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $fn$
BEGIN
  IF OLD.withdrawn_at IS NOT NULL OR OLD.settled_at IS NOT NULL THEN
    RAISE EXCEPTION 'an offer that is over stays as it is' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $fn$;
CREATE TRIGGER stays BEFORE UPDATE OF withdrawn_at, settled_at, settled_by_id ON supervision_offer
  FOR EACH ROW EXECUTE FUNCTION sec.offer_stays();
CREATE FUNCTION sec.answers_of_one_process() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $fn$
BEGIN
  IF NOT EXISTS (SELECT FROM supervision_offeredtime t JOIN supervision_offer o ON o.id = t.offer_id
       JOIN engagements_participation a ON a.engagement_id = o.engagement_id
      WHERE t.id = NEW.time_id AND a.id = NEW.participation_id) THEN
    RAISE EXCEPTION 'an answer is of a supervisee of the same process' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $fn$;
ALTER FUNCTION sec.answers_of_one_process() OWNER TO {role(Role.SEC)};
CREATE TRIGGER of_one_process BEFORE INSERT OR UPDATE ON supervision_timeanswer
  FOR EACH ROW EXECUTE FUNCTION sec.answers_of_one_process();
"""
GO = """
DROP TRIGGER of_one_process ON supervision_timeanswer; DROP FUNCTION sec.answers_of_one_process();
DROP TRIGGER stays ON supervision_offer; DROP FUNCTION sec.offer_stays();
"""

# Which times of an offer are still to come and taken by nobody; asked by whoever leads its process or is in it.
FREE = """
  SELECT t.id FROM supervision_offeredtime t JOIN supervision_offer o ON o.id = t.offer_id
   WHERE o.id = asked AND t.starts_at > moment
     AND (o.engagement_id IN (SELECT sec.led_engagements()) OR o.engagement_id IN (SELECT sec.attended_engagements()))
     AND NOT EXISTS (
       SELECT FROM supervision_booking b
        WHERE b.during && tstzrange(t.starts_at, t.ends_at) AND b.user_id IN (
          SELECT e.lead_id FROM engagements_engagement e WHERE e.id = o.engagement_id
          UNION SELECT c.user_id FROM engagements_cosupervisor c
                 WHERE c.engagement_id = o.engagement_id AND c.until IS NULL))
"""
LEFT = "SELECT count(*)::int FROM sec.free_times(asked, moment)"

# The first to pick decides. That nobody is booked twice is said by the bookings, as of every session: the caller hears
# their refusal. Two who pick of one offer take turns on its row.
PICK = """
DECLARE o supervision_offer; t supervision_offeredtime; made uuid := gen_random_uuid();
BEGIN
  SELECT * INTO t FROM supervision_offeredtime WHERE id = asked;
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

# Of a session that is to come, in a process in which the asker is now. Said of one time: of another it says nothing.
COMING = """
DECLARE s supervision_session; mine uuid;
BEGIN
  SELECT * INTO s FROM supervision_session WHERE id = asked;
  SELECT a.id INTO mine FROM engagements_participation a JOIN accounts_person p ON p.id = a.person_id
   WHERE a.engagement_id = s.engagement_id AND p.user_id = sec.uid() AND a.left_on IS NULL LIMIT 1;
  IF mine IS NULL OR s.state <> 'planned' OR s.starts_at <= moment THEN
    RETURN false;
  END IF;
  INSERT INTO supervision_cannotcome (id, session_id, participation_id, starts_at, told_at)
  VALUES (gen_random_uuid(), s.id, mine, s.starts_at, CASE WHEN comes THEN NULL ELSE moment END)
  ON CONFLICT (session_id, participation_id) DO UPDATE SET starts_at = EXCLUDED.starts_at, told_at = EXCLUDED.told_at;
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
            select=f"{TIMES_LED} OR {ONESELF}",
            insert=WRITES,
            update=WRITES,
            worker="SELECT",
        ),
        *protect(
            "supervision_cannotcome",
            select=f"session_id IN (SELECT s.id FROM supervision_session s WHERE s.engagement_id = {LED}) OR {ONESELF}",
            insert="false",
            worker="SELECT",
        ),
        migrations.RunSQL(STAYS, GO),
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
