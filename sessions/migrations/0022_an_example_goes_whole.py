from importlib import import_module

from django.db import migrations

from audit.rls import function

BEFORE = import_module("sessions.migrations.0009_example_sessions_take_no_time").REMOVE

#: What hangs on a task, an answer, a memo, a note, a session or a goal goes before it.
OF_TASKS = """
  DELETE FROM supervision_answerfilecontent c USING supervision_answerfile f, supervision_taskanswer w, supervision_task t
   WHERE c.file_id = f.id AND f.answer_id = w.id AND w.task_id = t.id AND t.engagement_id = target;
  DELETE FROM supervision_answerfile f USING supervision_taskanswer w, supervision_task t
   WHERE f.answer_id = w.id AND w.task_id = t.id AND t.engagement_id = target;
  DELETE FROM supervision_answercomment c USING supervision_taskanswer w, supervision_task t
   WHERE c.answer_id = w.id AND w.task_id = t.id AND t.engagement_id = target;
  DELETE FROM supervision_answerread r USING supervision_taskanswer w, supervision_task t
   WHERE r.answer_id = w.id AND w.task_id = t.id AND t.engagement_id = target;
  DELETE FROM supervision_taskanswer w USING supervision_task t WHERE w.task_id = t.id AND t.engagement_id = target;
  DELETE FROM supervision_taskfor f USING supervision_task t WHERE f.task_id = t.id AND t.engagement_id = target;
  DELETE FROM supervision_task t WHERE t.engagement_id = target;
"""
OF_SESSIONS = """
  DELETE FROM supervision_noteversion v USING supervision_note n WHERE v.note_id = n.id AND n.engagement_id = target;
  DELETE FROM supervision_note n WHERE n.engagement_id = target;
  DELETE FROM supervision_memoversion v USING supervision_memo m, supervision_session s
   WHERE v.memo_id = m.id AND m.session_id = s.id AND s.engagement_id = target;
  DELETE FROM supervision_memo m USING supervision_session s WHERE m.session_id = s.id AND s.engagement_id = target;
  DELETE FROM supervision_memoaddition a USING supervision_session s
   WHERE a.session_id = s.id AND s.engagement_id = target;
  DELETE FROM supervision_agendaitem a USING supervision_session s WHERE a.session_id = s.id AND s.engagement_id = target;
  DELETE FROM supervision_sessionword w USING supervision_session s WHERE w.session_id = s.id AND s.engagement_id = target;
  DELETE FROM supervision_fee f USING supervision_session s WHERE f.session_id = s.id AND s.engagement_id = target;
  DELETE FROM supervision_progress p USING engagements_goal g WHERE p.goal_id = g.id AND g.engagement_id = target;
  DELETE FROM supervision_boardentry b WHERE b.engagement_id = target;
"""
OF_GOALS = """
  DELETE FROM engagements_goallevels l USING engagements_goal g WHERE l.goal_id = g.id AND g.engagement_id = target;
"""
REMOVE = BEFORE.replace(
    "  DELETE FROM supervision_attendance", f"{OF_TASKS}{OF_SESSIONS}  DELETE FROM supervision_attendance"
).replace("  DELETE FROM engagements_goal g", f"{OF_GOALS}  DELETE FROM engagements_goal g")


def remove(body: str) -> migrations.RunSQL:
    return function("remove_example(target uuid)", "boolean", body, volatile=True, language="plpgsql")


class Migration(migrations.Migration):
    dependencies = [
        ("supervision", "0021_notes_rules"),
        ("engagements", "0021_goal_levels_rules"),
    ]
    operations = [migrations.RunSQL(remove(REMOVE).sql, remove(BEFORE).sql)]
