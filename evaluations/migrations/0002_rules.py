from importlib import import_module

from django.db import migrations

from audit.rls import function, protect, role
from audit.roles import Role

REMOVE_BEFORE = import_module("sessions.migrations.0022_an_example_goes_whole").REMOVE
CONTENT = import_module("vault.migrations.0002_rules").CONTENT

UID = "(SELECT sec.uid())"
LED = "ANY(ARRAY(SELECT sec.led_engagements()))"
ATTENDED = "ANY(ARRAY(SELECT sec.attended_engagements()))"
IN_PRACTICE = "practice_id = ANY(ARRAY(SELECT sec.supervised_practices()))"
OF_PRACTICE = f"questionnaire_id IN (SELECT q.id FROM evaluations_questionnaire q WHERE q.{IN_PRACTICE})"
LED_ROUND = f"round_id IN (SELECT r.id FROM evaluations_round r WHERE r.engagement_id = {LED})"

# What the visitor may do who has come by the link `sec.link()`: answer one invitation, while its round is open.
ANSWERING = """
  SELECT l.id, i.id, r.id, r.version_id, r.engagement_id, e.practice_id, r.mode, i.participation_id, i.person_id,
         i.user_id, e.title, p.name, trim(u.full_name)
    FROM evaluations_link l JOIN evaluations_invitation i ON i.id = l.invitation_id
    JOIN evaluations_round r ON r.id = i.round_id JOIN engagements_engagement e ON e.id = r.engagement_id
    JOIN accounts_practice p ON p.id = e.practice_id JOIN accounts_user u ON u.id = e.lead_id
   WHERE l.id = sec.link() AND r.state = 'open'
"""
ANSWERING_RETURNS = (
    "TABLE (link uuid, invitation uuid, round uuid, version uuid, engagement uuid, practice uuid, mode text,"
    ' participation uuid, person uuid, "user" uuid, title text, practice_name text, lead_name text)'
)
# What a link is good for. `key` follows from the link, and only its holder has it: with it one learns whether the
# answers have come in, for which there is no other way to ask.
STANDS = """
  SELECT l.id, r.id,
         CASE WHEN r.state <> 'open' THEN 'closed' WHEN d.invitation_id IS NULL THEN 'open'
              WHEN d.link_id = l.id AND NOT EXISTS (SELECT FROM evaluations_response a WHERE a.key = $2) THEN 'sending'
              ELSE 'used' END,
         coalesce(u.language, p.language, v.language, 'fi')
    FROM evaluations_link l JOIN evaluations_invitation i ON i.id = l.invitation_id
    JOIN evaluations_round r ON r.id = i.round_id
    LEFT JOIN evaluations_used d ON d.invitation_id = i.id
    LEFT JOIN accounts_person p ON p.id = i.person_id LEFT JOIN accounts_user u ON u.id = p.user_id
    LEFT JOIN accounts_user v ON v.id = i.user_id
   WHERE l.token_hash = $1
"""
# A link for who is asked themselves; and, to hand over on paper, for a supervisee whom no mail reaches.
MINT = f"""
  INSERT INTO evaluations_link (id, invitation_id, token_hash)
  SELECT gen_random_uuid(), i.id, $2
    FROM evaluations_invitation i JOIN evaluations_round r ON r.id = i.round_id
    LEFT JOIN accounts_person p ON p.id = i.person_id
   WHERE i.id = $1 AND r.state = 'open'
     AND (i.user_id = sec.uid() OR p.user_id = sec.uid()
       OR p.user_id IS NULL AND p.email = '' AND r.engagement_id = {LED})
  RETURNING id
"""
# The first of two transactions: the invitation is answered. Whoever comes by another link comes too late. It holds the
# round, so that nobody is marked between the moment in which its closing looks who has answered and its end.
MARK = """
  SELECT r.id FROM evaluations_round r WHERE r.id IN (SELECT a.round FROM sec.answering() a) FOR SHARE;
  INSERT INTO evaluations_used (invitation_id, link_id)
  SELECT a.invitation, a.link FROM sec.answering() a ON CONFLICT DO NOTHING;
  SELECT EXISTS (SELECT FROM evaluations_used d JOIN sec.answering() a ON a.invitation = d.invitation_id
                  WHERE d.link_id = a.link);
"""
# The second one: the answers. All answers of the round are written anew in another order, so that neither the place
# of a row nor the transaction that wrote it tells anything. Whether the round is open is asked again under the lock
# which also its closing takes: what comes in is in time or not at all. Who does not consent leaves no answer, no name.
PUT = """
DECLARE asked record; kept evaluations_response[]; refused boolean;
BEGIN
  SELECT * INTO asked FROM sec.answering();
  IF NOT FOUND THEN RETURN 'late'; END IF;
  PERFORM pg_advisory_xact_lock(hashtextextended(asked.round::text, 41));
  IF NOT EXISTS (SELECT FROM sec.answering() a JOIN evaluations_used d ON d.invitation_id = a.invitation
                  WHERE d.link_id = a.link) THEN
    RETURN 'late';
  END IF;
  IF EXISTS (SELECT FROM evaluations_response a WHERE a.round_id = asked.round AND a.key = answer_key) THEN
    RETURN 'before';
  END IF;
  refused := asked.mode IN ('named', 'shared') AND consents IS FALSE;
  SELECT coalesce(array_agg(a), '{}') INTO kept FROM evaluations_response a WHERE a.round_id = asked.round;
  DELETE FROM evaluations_response a WHERE a.round_id = asked.round;
  INSERT INTO evaluations_response
    (id, round_id, key, figures, texts, code, participation_id, person_id, user_id, consented)
  SELECT gen_random_uuid(), asked.round, x.key, x.figures, x.texts, x.code, x.participation_id, x.person_id, x.user_id,
         x.consented
    FROM (SELECT k.key, k.figures, k.texts, k.code, k.participation_id, k.person_id, k.user_id, k.consented
            FROM unnest(kept) k
          UNION ALL
          SELECT answer_key, CASE WHEN refused THEN ''::bytea ELSE sealed_figures END,
                 CASE WHEN refused THEN ''::bytea ELSE sealed_texts END, CASE WHEN asked.mode = 'coded' THEN pairing END,
                 CASE WHEN asked.mode = 'named' AND NOT refused THEN asked.participation END,
                 CASE WHEN asked.mode = 'named' AND NOT refused THEN asked.person END,
                 CASE WHEN asked.mode = 'own' THEN asked."user" END,
                 CASE WHEN asked.mode IN ('named', 'shared') THEN consents END) x
   ORDER BY random();
  RETURN 'in';
END
"""
# The shared goals that are asked about, each with the levels that held when the round opened; where answers are by
# name, also the own goals of the one who answers.
GOALS = """
  SELECT g.id, g.text, g.weight, v.id, v.much_more, v.more, v.expected, v.less, v.much_less
    FROM sec.answering() a JOIN evaluations_round r ON r.id = a.round
    JOIN engagements_goal g ON g.engagement_id = a.engagement
    JOIN LATERAL (SELECT w.* FROM engagements_goallevels w WHERE w.goal_id = g.id AND w.described_at <= r.opened_at
                   ORDER BY w.version DESC LIMIT 1) v ON true
   WHERE g.owner_id IS NULL OR a.mode = 'named' AND g.owner_id = a.participation
   ORDER BY g.position, g.id
"""
GOALS_RETURNS = (
    "TABLE (goal uuid, text text, weight smallint, levels uuid, much_more text, more text, expected text, less text,"
    " much_less text)"
)
# Answers of closed rounds, in no order: figures where the round is shown, texts also where it is too near to another;
# to those who may see them. What a group shares it shares with those who were asked, not with who joins later.
RESPONSES = """
  SELECT r.id, CASE WHEN r.outcome = 'shown' THEN a.figures ELSE ''::bytea END, a.texts,
         CASE WHEN r.mode = 'coded' AND r.outcome = 'shown' THEN a.code END, a.participation_id, a.person_id, a.user_id
    FROM evaluations_round r JOIN evaluations_response a ON a.round_id = r.id
   WHERE r.id = ANY($1) AND r.state = 'closed' AND r.outcome IN ('shown', 'near')
     AND CASE WHEN r.mode = 'own' THEN a.user_id = sec.uid()
              WHEN r.engagement_id IN (SELECT sec.led_engagements()) THEN true
              WHEN r.mode = 'named' AND r.kind <> 'orderer' THEN a.participation_id IN (SELECT sec.attending())
              WHEN r.mode = 'shared' THEN EXISTS (SELECT FROM evaluations_invitation i
                WHERE i.round_id = r.id AND i.participation_id IN (SELECT sec.attending()))
              ELSE r.engagement_id IN (SELECT sec.attended_engagements()) END
   ORDER BY random()
"""
RESPONSES_RETURN = (
    'TABLE (round uuid, figures bytea, texts bytea, code bytea, participation uuid, person uuid, "user" uuid)'
)
# Whose keys seal answers: the practice's for what is chosen, the engagement's for what is written.
OWNERS = """
  SELECT sec.supervised_practices()
  UNION SELECT e.practice_id FROM engagements_engagement e
   WHERE e.id IN (SELECT sec.led_engagements()) OR e.id IN (SELECT sec.attended_engagements())
  UNION SELECT a.practice FROM sec.answering() a UNION SELECT a.engagement FROM sec.answering() a
"""
SEEN_VERSIONS = """
  SELECT r.version_id FROM evaluations_round r
   WHERE r.engagement_id IN (SELECT sec.led_engagements()) OR r.engagement_id IN (SELECT sec.attended_engagements())
  UNION SELECT a.version FROM sec.answering() a
"""
# For the worker: how many answers there are, and in how many of them sharing is agreed to. Never an answer.
COUNT = """
  SELECT count(*)::int, count(*) FILTER (WHERE a.consented)::int FROM evaluations_response a WHERE a.round_id = $1
"""
SETTLE = """
DECLARE kept evaluations_response[];
BEGIN
  UPDATE evaluations_round SET state = 'closed', closed_at = statement_timestamp(), closed_how = how, outcome = result
   WHERE id = target AND state = 'open';
  IF NOT FOUND THEN RETURN false; END IF;
  PERFORM pg_advisory_xact_lock(hashtextextended(target::text, 41));
  SELECT coalesce(array_agg(a), '{}') INTO kept FROM evaluations_response a WHERE a.round_id = target;
  DELETE FROM evaluations_response a WHERE a.round_id = target;
  DELETE FROM evaluations_draft d WHERE d.round_id = target;
  IF result NOT IN ('refused', 'nobody') THEN
    INSERT INTO evaluations_response
      (id, round_id, key, figures, texts, code, participation_id, person_id, user_id, consented)
    SELECT gen_random_uuid(), target, NULL, k.figures, k.texts, k.code, k.participation_id, k.person_id, k.user_id,
           k.consented
      FROM unnest(kept) k ORDER BY random();
  END IF;
  RETURN true;
END
"""

RULES = f"""
CREATE FUNCTION sec.asked_version_stays() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $fn$
BEGIN
  IF EXISTS (SELECT FROM evaluations_round r WHERE r.version_id = OLD.id AND r.opened_at IS NOT NULL) THEN
    RAISE EXCEPTION 'questions that were asked stay as they were' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $fn$;
ALTER FUNCTION sec.asked_version_stays() OWNER TO {role(Role.SEC)};
CREATE TRIGGER asked_stays BEFORE UPDATE OR DELETE ON evaluations_version
  FOR EACH ROW EXECUTE FUNCTION sec.asked_version_stays();

CREATE FUNCTION sec.round_in_process() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $fn$
DECLARE process engagements_engagement;
BEGIN
  SELECT * INTO process FROM engagements_engagement e WHERE e.id = NEW.engagement_id;
  IF EXISTS (SELECT FROM supervision_session s WHERE s.id = NEW.session_id AND s.engagement_id <> process.id)
     OR NOT EXISTS (SELECT FROM evaluations_version v JOIN evaluations_questionnaire q ON q.id = v.questionnaire_id
                     WHERE v.id = NEW.version_id AND q.practice_id = process.practice_id AND q.kind = NEW.kind) THEN
    RAISE EXCEPTION 'a round is of one process and asks what its practice asks then'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF NEW.mode = 'named' AND NEW.kind <> 'orderer' AND process.form <> 'individual'
     OR NEW.mode = 'shared' AND process.form = 'individual' THEN
    RAISE EXCEPTION 'this confidence is not for this form' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $fn$;
ALTER FUNCTION sec.round_in_process() OWNER TO {role(Role.SEC)};
CREATE TRIGGER in_process BEFORE INSERT OR UPDATE OF engagement_id, version_id, session_id, kind, mode
  ON evaluations_round FOR EACH ROW EXECUTE FUNCTION sec.round_in_process();

-- What people count on when they answer stays: in which confidence, to which questions, and from how many on.
CREATE FUNCTION sec.round_keeps_faith() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $fn$
BEGIN
  IF OLD.engagement_id <> NEW.engagement_id OR OLD.state IN ('closed', 'called_off')
     OR OLD.opened_at IS NOT NULL
        AND ROW(OLD.version_id, OLD.kind, OLD.threshold) IS DISTINCT FROM ROW(NEW.version_id, NEW.kind, NEW.threshold)
     OR OLD.mode <> NEW.mode AND EXISTS (SELECT FROM evaluations_used d
          JOIN evaluations_invitation i ON i.id = d.invitation_id WHERE i.round_id = OLD.id) THEN
    RAISE EXCEPTION 'a round keeps what people count on' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $fn$;
ALTER FUNCTION sec.round_keeps_faith() OWNER TO {role(Role.SEC)};
CREATE TRIGGER keeps_faith BEFORE UPDATE ON evaluations_round
  FOR EACH ROW EXECUTE FUNCTION sec.round_keeps_faith();

-- A round is closed by `sec.settle_round` alone, which shuffles its answers.
CREATE FUNCTION sec.round_is_settled() RETURNS trigger LANGUAGE plpgsql AS $fn$
BEGIN
  IF current_user <> {role(Role.SEC).replace('"', "'")} THEN
    RAISE EXCEPTION 'a round is closed where its answers are shuffled'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $fn$;
CREATE TRIGGER is_settled BEFORE UPDATE OF state ON evaluations_round
  FOR EACH ROW WHEN (NEW.state = 'closed') EXECUTE FUNCTION sec.round_is_settled();

CREATE FUNCTION sec.asked_in_process() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $fn$
BEGIN
  IF NOT EXISTS (SELECT FROM evaluations_round r JOIN engagements_engagement e ON e.id = r.engagement_id
       WHERE r.id = NEW.round_id
         AND (NEW.participation_id IS NULL OR EXISTS (SELECT FROM engagements_participation a
               WHERE a.id = NEW.participation_id AND a.engagement_id = e.id AND a.person_id = NEW.person_id))
         AND (NEW.person_id IS NULL OR EXISTS (SELECT FROM accounts_person p
               WHERE p.id = NEW.person_id AND p.practice_id = e.practice_id))) THEN
    RAISE EXCEPTION 'who is asked is of the process' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $fn$;
ALTER FUNCTION sec.asked_in_process() OWNER TO {role(Role.SEC)};
CREATE TRIGGER in_process BEFORE INSERT OR UPDATE OF round_id, participation_id, person_id ON evaluations_invitation
  FOR EACH ROW EXECUTE FUNCTION sec.asked_in_process();
"""
NO_RULES = """
DROP TRIGGER in_process ON evaluations_invitation; DROP FUNCTION sec.asked_in_process();
DROP TRIGGER is_settled ON evaluations_round; DROP FUNCTION sec.round_is_settled();
DROP TRIGGER keeps_faith ON evaluations_round; DROP FUNCTION sec.round_keeps_faith();
DROP TRIGGER in_process ON evaluations_round; DROP FUNCTION sec.round_in_process();
DROP TRIGGER asked_stays ON evaluations_version; DROP FUNCTION sec.asked_version_stays();
"""

OF_ROUNDS = """
  DELETE FROM evaluations_draft d USING evaluations_round r WHERE d.round_id = r.id AND r.engagement_id = target;
  DELETE FROM evaluations_response a USING evaluations_round r WHERE a.round_id = r.id AND r.engagement_id = target;
  DELETE FROM evaluations_used d USING evaluations_invitation i, evaluations_round r
   WHERE d.invitation_id = i.id AND i.round_id = r.id AND r.engagement_id = target;
  DELETE FROM evaluations_link l USING evaluations_invitation i, evaluations_round r
   WHERE l.invitation_id = i.id AND i.round_id = r.id AND r.engagement_id = target;
  DELETE FROM evaluations_invitation i USING evaluations_round r WHERE i.round_id = r.id AND r.engagement_id = target;
  DELETE FROM evaluations_round r WHERE r.engagement_id = target;
"""
REMOVE = REMOVE_BEFORE.replace("  DELETE FROM supervision_answerfilecontent", f"{OF_ROUNDS}  DELETE FROM supervision_answerfilecontent", 1)  # fmt: skip


def remove(body: str) -> migrations.RunSQL:
    return function("remove_example(target uuid)", "boolean", body, volatile=True, language="plpgsql")


def keys(select: str) -> str:
    return f"""
      ALTER POLICY app_select ON vault_contentkey USING ({select});
      ALTER POLICY app_insert ON vault_contentkey WITH CHECK ({select});
    """


class Migration(migrations.Migration):
    dependencies = [
        ("evaluations", "0001_questionnaires_and_rounds"),
        ("supervision", "0022_an_example_goes_whole"),
        ("vault", "0004_destruction"),
    ]
    operations = [
        migrations.RunSQL(
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role(Role.SEC)}",
            migrations.RunSQL.noop,
        ),
        function("draft()", "uuid", "SELECT nullif(current_setting('app.draft', true), '')::uuid"),
        function("answering()", ANSWERING_RETURNS, ANSWERING),
        function(
            "answer_link(token bytea, answer_key bytea)",
            "TABLE (link uuid, round uuid, stands text, language text)",
            STANDS,
        ),
        function("mint_link(invitation uuid, token bytea)", "uuid", MINT, volatile=True),
        function("mark_used()", "boolean", MARK, volatile=True),
        function(
            "put_response(answer_key bytea, sealed_figures bytea, sealed_texts bytea, pairing bytea, consents boolean)",
            "text",
            PUT,
            volatile=True,
            language="plpgsql",
        ),
        function("goals_asked()", GOALS_RETURNS, GOALS),
        function("responses_of(rounds uuid[])", RESPONSES_RETURN, RESPONSES, volatile=True),
        function("evaluation_owners()", "SETOF uuid", OWNERS),
        function("seen_versions()", "SETOF uuid", SEEN_VERSIONS),
        function("answers_in(round uuid)", "TABLE (total int, consented int)", COUNT, caller=Role.WORKER),
        function(
            "settle_round(target uuid, how text, result text)",
            "boolean",
            SETTLE,
            volatile=True,
            language="plpgsql",
            caller=Role.WORKER,
        ),
        *protect(
            "evaluations_questionnaire",
            select=IN_PRACTICE,
            insert=IN_PRACTICE,
            update=IN_PRACTICE,
            delete=IN_PRACTICE,
        ),
        *protect(
            "evaluations_version",
            select=f"{OF_PRACTICE} OR id = ANY(ARRAY(SELECT sec.seen_versions()))",
            insert=OF_PRACTICE,
            update=OF_PRACTICE,
            delete=OF_PRACTICE,
        ),
        *protect(
            "evaluations_round",
            select=f"mode <> 'own' AND (engagement_id = {LED}"
            f" OR engagement_id = {ATTENDED} AND state NOT IN ('planned', 'called_off'))"
            f" OR mode = 'own' AND created_by_id = {UID}"
            " OR id IN (SELECT a.round FROM sec.answering() a)",
            insert=f"engagement_id = {LED} AND created_by_id = {UID}",
            update=f"engagement_id = {LED} AND (mode <> 'own' OR created_by_id = {UID})",
            delete=f"engagement_id = {LED} AND state = 'planned'",
            worker="ALL",
        ),
        *protect(
            "evaluations_invitation",
            select=f"user_id = {UID} OR person_id = ANY(ARRAY(SELECT sec.own_persons())) OR {LED_ROUND}"
            " OR id IN (SELECT a.invitation FROM sec.answering() a)",
            insert=LED_ROUND,
            update=LED_ROUND,
            delete=LED_ROUND,
            worker="ALL",
        ),
        *protect("evaluations_link", select="false", insert="false", worker="ALL"),
        *protect("evaluations_used", select="false", insert="false", worker="SELECT"),
        *protect("evaluations_response", select="false", insert="false"),
        *protect(
            "evaluations_draft",
            select="id = (SELECT sec.draft())",
            insert="id = (SELECT sec.draft()) AND round_id IN (SELECT a.round FROM sec.answering() a)",
            update="id = (SELECT sec.draft())",
            delete="id = (SELECT sec.draft())",
        ),
        migrations.RunSQL(keys(f"{CONTENT} OR owner = ANY(ARRAY(SELECT sec.evaluation_owners()))"), keys(CONTENT)),
        migrations.RunSQL(RULES, NO_RULES),
        migrations.RunSQL(remove(REMOVE).sql, remove(REMOVE_BEFORE).sql),
    ]
