from django.db import migrations

from audit.rls import function, protect, role
from audit.roles import Role

UID = "(SELECT sec.uid())"
LED = "ANY(ARRAY(SELECT sec.led_engagements()))"

ATTENDING = """
  SELECT a.id FROM engagements_participation a JOIN accounts_person p ON p.id = a.person_id
   WHERE p.user_id = sec.uid() AND a.left_on IS NULL AND a.engagement_id IN (SELECT sec.attended_engagements())
"""
LED_TASKS = "SELECT t.id FROM supervision_task t WHERE t.engagement_id IN (SELECT sec.led_engagements())"
SHARED_TASKS = """
  SELECT t.id FROM supervision_task t
   WHERE t.engagement_id IN (SELECT sec.attended_engagements()) AND t.visibility = 'everyone'
"""
SEEN_TASKS = """
  SELECT t.id FROM supervision_task t
   WHERE t.engagement_id IN (SELECT sec.attended_engagements()) AND (t.to_all OR t.visibility = 'everyone'
     OR EXISTS (SELECT FROM supervision_taskfor f
                 WHERE f.task_id = t.id AND f.participation_id IN (SELECT sec.attending())))
"""
# To which tasks the person asking may write an answer, as which supervisee: what is given to them and still open.
TO_ANSWER = """
  SELECT t.id, a.id FROM supervision_task t
    JOIN engagements_participation a ON a.engagement_id = t.engagement_id
    JOIN engagements_engagement e ON e.id = t.engagement_id
   WHERE a.id IN (SELECT sec.attending()) AND t.closed_at IS NULL AND t.discussed_at IS NULL AND e.state <> 'closed'
     AND (t.to_all OR EXISTS (SELECT FROM supervision_taskfor f WHERE f.task_id = t.id AND f.participation_id = a.id))
"""

LED_TASK = "task_id = ANY(ARRAY(SELECT sec.led_tasks()))"
SHARED_TASK = "task_id = ANY(ARRAY(SELECT sec.shared_tasks()))"
OWN = "participation_id = ANY(ARRAY(SELECT sec.attending()))"
TO_BE_ANSWERED = "(task_id, participation_id) IN (SELECT q.task, q.participation FROM sec.tasks_to_answer() q)"
# What hangs on an answer is seen by who sees the answer: the policy of its table is asked by these.
OF_SEEN_ANSWER = "answer_id IN (SELECT a.id FROM supervision_taskanswer a)"
OF_OPEN_ANSWER = f"answer_id IN (SELECT a.id FROM supervision_taskanswer a WHERE {TO_BE_ANSWERED})"
OF_LED_ANSWER = f"answer_id IN (SELECT a.id FROM supervision_taskanswer a WHERE {LED_TASK})"
OF_SEEN_FILE = "file_id IN (SELECT f.id FROM supervision_answerfile f)"
OF_OPEN_FILE = f"file_id IN (SELECT f.id FROM supervision_answerfile f WHERE f.{OF_OPEN_ANSWER})"

# A task stays in its process, its sessions and those who are to do it are of the same one; who sees the answers is what
# those who answered counted on, and what they answered to is what stood there.
RULES = f"""
CREATE FUNCTION sec.task_in_process() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $fn$
BEGIN
  IF EXISTS (SELECT FROM supervision_session s
              WHERE s.id IN (NEW.session_id, NEW.discussed_in_id) AND s.engagement_id <> NEW.engagement_id) THEN
    RAISE EXCEPTION 'a task and its sessions are of one process' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $fn$;
ALTER FUNCTION sec.task_in_process() OWNER TO {role(Role.SEC)};
CREATE TRIGGER in_process BEFORE INSERT OR UPDATE OF session_id, discussed_in_id ON supervision_task
  FOR EACH ROW EXECUTE FUNCTION sec.task_in_process();
CREATE TRIGGER stays BEFORE UPDATE OF engagement_id, visibility ON supervision_task
  FOR EACH ROW WHEN (ROW(OLD.engagement_id, OLD.visibility) IS DISTINCT FROM ROW(NEW.engagement_id, NEW.visibility))
  EXECUTE FUNCTION sec.stays();

CREATE FUNCTION sec.answered_task_stays() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $fn$
BEGIN
  IF EXISTS (SELECT FROM supervision_taskanswer a WHERE a.task_id = OLD.id AND a.answered_at IS NOT NULL) THEN
    RAISE EXCEPTION 'a task that was answered stays as it was' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $fn$;
ALTER FUNCTION sec.answered_task_stays() OWNER TO {role(Role.SEC)};
CREATE TRIGGER answered_stays BEFORE UPDATE OF text, to_all ON supervision_task
  FOR EACH ROW WHEN (ROW(OLD.text, OLD.to_all) IS DISTINCT FROM ROW(NEW.text, NEW.to_all))
  EXECUTE FUNCTION sec.answered_task_stays();

CREATE FUNCTION sec.doer_in_process() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $fn$
BEGIN
  IF EXISTS (SELECT FROM supervision_task t JOIN engagements_participation a ON a.id = NEW.participation_id
              WHERE t.id = NEW.task_id AND a.engagement_id <> t.engagement_id) THEN
    RAISE EXCEPTION 'who does a task takes part in its process' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $fn$;
ALTER FUNCTION sec.doer_in_process() OWNER TO {role(Role.SEC)};
CREATE TRIGGER in_process BEFORE INSERT OR UPDATE OF task_id, participation_id ON supervision_taskfor
  FOR EACH ROW EXECUTE FUNCTION sec.doer_in_process();
CREATE TRIGGER in_process BEFORE INSERT OR UPDATE OF task_id, participation_id ON supervision_taskanswer
  FOR EACH ROW EXECUTE FUNCTION sec.doer_in_process();
CREATE TRIGGER stays BEFORE UPDATE OF task_id, participation_id ON supervision_taskanswer
  FOR EACH ROW WHEN (ROW(OLD.task_id, OLD.participation_id) IS DISTINCT FROM ROW(NEW.task_id, NEW.participation_id))
  EXECUTE FUNCTION sec.stays();

CREATE FUNCTION sec.five_files() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $fn$
BEGIN
  IF (SELECT count(*) FROM supervision_answerfile f WHERE f.answer_id = NEW.answer_id) >= 5 THEN
    RAISE EXCEPTION 'an answer carries five files at most' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $fn$;
ALTER FUNCTION sec.five_files() OWNER TO {role(Role.SEC)};
CREATE TRIGGER five_files BEFORE INSERT ON supervision_answerfile
  FOR EACH ROW EXECUTE FUNCTION sec.five_files();
"""
NO_RULES = """
DROP TRIGGER five_files ON supervision_answerfile; DROP FUNCTION sec.five_files();
DROP TRIGGER stays ON supervision_taskanswer;
DROP TRIGGER in_process ON supervision_taskanswer; DROP TRIGGER in_process ON supervision_taskfor;
DROP FUNCTION sec.doer_in_process();
DROP TRIGGER answered_stays ON supervision_task; DROP FUNCTION sec.answered_task_stays();
DROP TRIGGER stays ON supervision_task;
DROP TRIGGER in_process ON supervision_task; DROP FUNCTION sec.task_in_process();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("supervision", "0013_tasks"),
        ("vault", "0002_rules"),
    ]
    operations = [
        migrations.RunSQL(
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role(Role.SEC)}",
            migrations.RunSQL.noop,
        ),
        function("attending()", "SETOF uuid", ATTENDING),
        function("led_tasks()", "SETOF uuid", LED_TASKS),
        function("shared_tasks()", "SETOF uuid", SHARED_TASKS),
        function("seen_tasks()", "SETOF uuid", SEEN_TASKS),
        function("tasks_to_answer()", "TABLE (task uuid, participation uuid)", TO_ANSWER),
        *protect(
            "supervision_task",
            select=f"engagement_id = {LED} OR id = ANY(ARRAY(SELECT sec.seen_tasks()))",
            insert=f"engagement_id = {LED} AND given_by_id = {UID}",
            update=f"engagement_id = {LED}",
            worker="SELECT",
        ),
        *protect(
            "supervision_taskfor",
            select=f"{LED_TASK} OR {OWN} OR {SHARED_TASK}",
            insert=LED_TASK,
            delete=LED_TASK,
            worker="SELECT",
        ),
        *protect(
            "supervision_taskanswer",
            select=f"{OWN} OR answered_at IS NOT NULL AND ({LED_TASK} OR {SHARED_TASK})",
            insert=TO_BE_ANSWERED,
            update=TO_BE_ANSWERED,
            worker="SELECT",
        ),
        *protect("supervision_answerfile", select=OF_SEEN_ANSWER, insert=OF_OPEN_ANSWER, delete=OF_OPEN_ANSWER),
        *protect("supervision_answerfilecontent", select=OF_SEEN_FILE, insert=OF_OPEN_FILE, delete=OF_OPEN_FILE),
        *protect(
            "supervision_answercomment",
            select=OF_SEEN_ANSWER,
            insert=f"by_id = {UID} AND {OF_LED_ANSWER}",
            delete=f"by_id = {UID} AND {OF_LED_ANSWER}",
        ),
        *protect(
            "supervision_answerread",
            select=f"reader_id = {UID}",
            insert=f"reader_id = {UID} AND {OF_LED_ANSWER}",
            update=f"reader_id = {UID} AND {OF_LED_ANSWER}",
        ),
        migrations.RunSQL(RULES, NO_RULES),
    ]
