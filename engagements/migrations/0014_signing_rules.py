from django.db import migrations

from audit.rls import function, policy, protect, role
from audit.roles import Role


def any_of(name: str) -> str:
    return f"ANY(ARRAY(SELECT sec.{name}()))"


SEC = role(Role.SEC)
LINK = "(SELECT sec.link())"

OWN = """
  SELECT r.id FROM engagements_signaturerequest r LEFT JOIN accounts_person p ON p.id = r.person_id
   WHERE r.user_id = sec.uid() OR p.user_id = sec.uid() OR r.id = sec.link()
"""
LINKED = "SELECT r.contract_id FROM engagements_signaturerequest r WHERE r.id = sec.link() AND r.state <> 'void'"
LINKED_ENGAGEMENT = "SELECT k.engagement_id FROM engagements_contract k WHERE k.id = sec.linked_contract()"

# What the link in a mail is good for now: nobody is asking yet.
STANDS = """
  SELECT r.id,
         CASE WHEN r.state <> 'waiting' THEN r.state::text
              WHEN l.used_at IS NOT NULL THEN 'used'
              WHEN l.token_until <= at THEN 'expired'
              ELSE 'open' END,
         coalesce(u.language, p.language)::text
    FROM engagements_signinglink l
    JOIN engagements_signaturerequest r ON r.id = l.request_id
    JOIN accounts_person p ON p.id = r.person_id
    LEFT JOIN accounts_user u ON u.id = p.user_id
   WHERE l.token_hash = token
"""
USE = """
  UPDATE engagements_signinglink l SET used_at = at FROM engagements_signaturerequest r
   WHERE l.token_hash = token AND l.used_at IS NULL AND l.token_until > at AND r.id = l.request_id AND r.state = 'waiting'
  RETURNING l.request_id
"""
# Who holds a used or an old link may have another sent to the address it went to, every few minutes.
RENEW = """
  UPDATE engagements_signinglink l SET renewed_at = at FROM engagements_signaturerequest r
   WHERE l.token_hash = token AND r.id = l.request_id AND r.state = 'waiting' AND r.asked_at IS NOT NULL
     AND greatest(l.sent_for, l.renewed_at) < at - interval '3 minutes'
  RETURNING l.request_id, r.person_id
"""

# A signature is taken only from whom is asked, in their turn, for the text as it stands. The engagement is locked first,
# as the supervisor's own steps do, then the contract: signatures and a withdrawal wait for one another.
SIGNS = """
DECLARE k engagements_contract; r engagements_signaturerequest;
BEGIN
  PERFORM FROM engagements_engagement e JOIN engagements_contract c ON c.engagement_id = e.id
    WHERE c.id = NEW.contract_id FOR NO KEY UPDATE OF e;
  SELECT * INTO k FROM engagements_contract WHERE id = NEW.contract_id FOR NO KEY UPDATE;
  SELECT * INTO r FROM engagements_signaturerequest WHERE id = NEW.request_id FOR NO KEY UPDATE;
  IF r.contract_id IS DISTINCT FROM k.id OR r.state <> 'waiting' OR r.asked_at IS NULL
     OR NOT (k.state = 'offered' OR k.state = 'agreed' AND r.what = 'joining') THEN
    RAISE EXCEPTION 'signature_is_asked_for' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF k.terms_hash <> NEW.terms_hash OR k.terms_hash <> r.terms_hash OR k.version <> NEW.version THEN
    RAISE EXCEPTION 'signature_is_of_the_text' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF k.state = 'offered' AND EXISTS (SELECT FROM engagements_signaturerequest o WHERE o.contract_id = k.id
       AND o.turn < r.turn AND o.state IN ('waiting', 'declined')) THEN
    RAISE EXCEPTION 'signature_in_turn' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END
"""

# What follows from a signature, by whatever path it came: the next in turn are asked; the last one makes the contract
# agreed, the version before it superseded, and an offered process active.
SIGNED = """
DECLARE k engagements_contract;
BEGIN
  UPDATE engagements_signaturerequest SET state = 'signed', settled_at = NEW.at WHERE id = NEW.request_id;
  SELECT * INTO k FROM engagements_contract WHERE id = NEW.contract_id;
  IF k.state <> 'offered' THEN
    RETURN NULL;
  END IF;
  PERFORM sec.ask_next(k.id, NEW.at);
  IF NOT EXISTS (SELECT FROM engagements_signaturerequest o WHERE o.contract_id = k.id
                  AND o.state IN ('waiting', 'declined')) THEN
    UPDATE engagements_contract SET state = 'superseded' WHERE engagement_id = k.engagement_id AND state = 'agreed';
    UPDATE engagements_contract c SET state = 'agreed', agreed_how = 'signed', agreed_on =
        (SELECT max(s.signed_on) FROM engagements_signature s JOIN engagements_signaturerequest o ON o.id = s.request_id
          WHERE s.contract_id = c.id AND o.state = 'signed')
      WHERE c.id = k.id RETURNING * INTO k;
    UPDATE engagements_engagement e SET state = 'active', starts_on = coalesce(e.starts_on,
        CASE WHEN e.ends_on IS NULL OR k.agreed_on <= e.ends_on THEN k.agreed_on END)
      WHERE e.id = k.engagement_id AND e.state = 'offered';
  END IF;
  RETURN NULL;
END
"""

ASK_NEXT = """
  WITH asked AS (
    UPDATE engagements_signaturerequest r SET asked_at = at
     WHERE r.contract_id = contract AND r.state = 'waiting' AND r.asked_at IS NULL
       AND r.turn = (SELECT min(o.turn) FROM engagements_signaturerequest o
                      WHERE o.contract_id = contract AND o.state IN ('waiting', 'declined'))
    RETURNING r.id)
  UPDATE engagements_signinglink l SET sent_for = at FROM asked WHERE l.request_id = asked.id
"""

# A request says for good whom it asked for what; what was signed is never unsigned, but another text makes it void.
KEEPS = """
DECLARE k text;
BEGIN
  SELECT state INTO k FROM engagements_contract WHERE id = OLD.contract_id;
  IF TG_OP = 'DELETE' THEN
    IF k <> 'draft' THEN
      RAISE EXCEPTION 'a signature request stays' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN OLD;
  END IF;
  IF (NEW.contract_id, NEW.what, NEW.part, NEW.user_id, NEW.person_id, NEW.participation_id, NEW.on_behalf, NEW.name,
      NEW.turn, NEW.terms_hash, NEW.sheet, NEW.created_at) IS DISTINCT FROM
     (OLD.contract_id, OLD.what, OLD.part, OLD.user_id, OLD.person_id, OLD.participation_id, OLD.on_behalf, OLD.name,
      OLD.turn, OLD.terms_hash, OLD.sheet, OLD.created_at)
     OR OLD.state = 'signed' AND NOT (NEW.state = 'void' AND k NOT IN ('agreed', 'superseded'))
        AND to_jsonb(NEW) IS DISTINCT FROM to_jsonb(OLD)
     OR OLD.state = 'declined' AND NEW.state <> 'void' AND to_jsonb(NEW) IS DISTINCT FROM to_jsonb(OLD)
     OR OLD.state = 'void' AND to_jsonb(NEW) IS DISTINCT FROM to_jsonb(OLD)
     OR NEW.state = 'signed' AND NOT EXISTS (SELECT FROM engagements_signature s WHERE s.request_id = NEW.id) THEN
    RAISE EXCEPTION 'a signature request stays' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END
"""

# Nobody signs what is made up, so that an example can go as it came.
NO_EXAMPLE = """
BEGIN
  IF EXISTS (SELECT FROM engagements_contract k JOIN engagements_engagement e ON e.id = k.engagement_id
              WHERE k.id = NEW.contract_id AND e.example) THEN
    RAISE EXCEPTION 'nobody signs an example' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END
"""

# What is offered stands as it was frozen. It is taken back whole, once nobody's request or signature hangs on it.
OFFERED = """
BEGIN
  IF NEW.state = 'draft' AND EXISTS (SELECT FROM engagements_signaturerequest r
       WHERE r.contract_id = OLD.id AND r.state <> 'void')
     OR NEW.state <> 'draft' AND to_jsonb(NEW) - ARRAY['state', 'agreed_on', 'agreed_how', 'agreed_note', 'recorded_by_id']
        IS DISTINCT FROM to_jsonb(OLD) - ARRAY['state', 'agreed_on', 'agreed_how', 'agreed_note', 'recorded_by_id'] THEN
    RAISE EXCEPTION 'an offered contract stands as it was offered' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END
"""


def parts_stay(states: str) -> str:
    """Return the SQL of the trigger that keeps parties and clauses of contracts in `states`, as 0007 made it.

    Who replaces a function must be allowed to call it, which `audit/grants.py` takes back from trigger functions.
    """
    return f"""
    GRANT EXECUTE ON FUNCTION sec.agreed_parts_stay() TO {SEC};
    CREATE OR REPLACE FUNCTION sec.agreed_parts_stay() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
      SET search_path = pg_catalog, public, pg_temp AS $fn$
    DECLARE of_contract uuid;
    BEGIN
      of_contract := CASE TG_OP WHEN 'INSERT' THEN NEW.contract_id ELSE OLD.contract_id END;
      IF EXISTS (SELECT FROM engagements_contract k WHERE k.id = of_contract AND k.state IN ({states}))
         AND NOT (TG_OP = 'UPDATE' AND to_jsonb(NEW) = to_jsonb(OLD)) THEN
        RAISE EXCEPTION 'an agreed contract keeps its parties and its reporting clause'
          USING ERRCODE = 'restrict_violation';
      END IF;
      RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
    END $fn$
    """


def trigger(name: str, when: str, table: str, body: str, *, condition: str = "") -> migrations.RunSQL:
    return migrations.RunSQL(
        f"""
        CREATE FUNCTION sec.{name}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
          SET search_path = pg_catalog, public, pg_temp AS $fn$ {body} $fn$;
        ALTER FUNCTION sec.{name}() OWNER TO {SEC};
        CREATE TRIGGER {name} {when} ON {table} FOR EACH ROW {condition} EXECUTE FUNCTION sec.{name}();
        """,
        f"DROP TRIGGER {name} ON {table}; DROP FUNCTION sec.{name}()",
    )


def refuse(table: str, verbs: str, name: str, each: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"CREATE TRIGGER {name} BEFORE {verbs} ON {table} FOR EACH {each} EXECUTE FUNCTION sec.refuse()",
        f"DROP TRIGGER {name} ON {table}",
    )


led = f"contract_id = {any_of('led_contracts')}"
own = f"id = {any_of('own_requests')}"
of_own = f"request_id = {any_of('own_requests')}"
# The policies of the requests themselves apply inside: who sees a request sees its signature.
of_seen = "EXISTS (SELECT FROM engagements_signaturerequest r WHERE r.id = request_id)"
of_led = f"EXISTS (SELECT FROM engagements_signaturerequest r WHERE r.id = request_id AND r.{led})"
administered = (
    "contract_id IN (SELECT k.id FROM engagements_contract k"
    f" WHERE k.engagement_id = {any_of('administered_engagements')})"
)


class Migration(migrations.Migration):
    dependencies = [("engagements", "0013_signatures")]
    operations = [
        # Visitors by a link: `app.link` is the request that their link led to.
        function("link()", "uuid", "SELECT nullif(current_setting('app.link', true), '')::uuid"),
        function("own_requests()", "SETOF uuid", OWN),
        function("linked_contract()", "uuid", LINKED),
        function("linked_engagement()", "uuid", LINKED_ENGAGEMENT),
        function(
            "signing_link(token bytea, at timestamptz)", "TABLE (request uuid, stands text, language text)", STANDS
        ),
        function("use_signing_link(token bytea, at timestamptz)", "uuid", USE, volatile=True),
        function(
            "renew_signing_link(token bytea, at timestamptz)",
            "TABLE (request uuid, person uuid)",
            RENEW,
            volatile=True,
        ),
        function("ask_next(contract uuid, at timestamptz)", "void", ASK_NEXT, volatile=True),
        *protect(
            "engagements_signaturerequest",
            select=f"{own} OR {led} OR what = 'contract' AND state <> 'void' AND contract_id = {any_of('visible_contracts')}"
            f" OR state <> 'void' AND {administered}",
            insert=led,
            update=f"{own} OR {led}",
            delete=led,
            worker="SELECT",
        ),
        *protect(
            "engagements_signinglink",
            select=f"{of_own} OR {of_led}",
            insert=of_led,
            update=f"{of_own} OR {of_led}",
            delete=of_led,
            worker="ALL",
        ),
        *protect("engagements_signature", select=of_seen, insert=f"{of_own} OR {of_led}", worker="SELECT"),
        *protect(
            "engagements_proposal",
            select=f"{of_own} OR {of_led}",
            insert=of_own,
            update=of_led,
            delete=of_led,
            worker="SELECT",
        ),
        policy("engagements_contract", "worker_all", Role.WORKER, "SELECT", "USING (true)"),
        policy("engagements_contract", "app_linked", Role.APP, "SELECT", "USING (id = (SELECT sec.linked_contract()))"),
        policy(
            "engagements_event",
            "app_linked",
            Role.APP,
            "INSERT",
            "WITH CHECK (engagement_id = (SELECT sec.linked_engagement()))",
        ),
        trigger("signs", "BEFORE INSERT", "engagements_signature", SIGNS),
        trigger("signed", "AFTER INSERT", "engagements_signature", SIGNED),
        trigger("request_is_real", "BEFORE INSERT", "engagements_signaturerequest", NO_EXAMPLE),
        trigger("request_keeps", "BEFORE UPDATE OR DELETE", "engagements_signaturerequest", KEEPS),
        trigger(
            "offered_stays",
            "BEFORE UPDATE",
            "engagements_contract",
            OFFERED,
            condition="WHEN (OLD.state = 'offered')",
        ),
        refuse("engagements_signature", "UPDATE OR DELETE", "refuse_change", "ROW"),
        refuse("engagements_signature", "TRUNCATE", "refuse_truncate", "STATEMENT"),
        refuse("engagements_signaturerequest", "TRUNCATE", "refuse_truncate", "STATEMENT"),
        migrations.RunSQL(parts_stay("'offered', 'agreed', 'superseded'"), parts_stay("'agreed', 'superseded'")),
    ]
