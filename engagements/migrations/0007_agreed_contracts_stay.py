from django.db import migrations

from audit.rls import role
from audit.roles import Role

# Promise 5: what was agreed never changes, whoever asks and by whatever path. A new version may take its place.
STAY = f"""
CREATE FUNCTION sec.agreed_stays() RETURNS trigger LANGUAGE plpgsql AS $fn$
BEGIN
  IF OLD.state IN ('agreed', 'superseded') AND (TG_OP = 'DELETE' OR NOT (
      NEW.state IN (OLD.state, 'superseded') AND
      (to_jsonb(NEW) - 'state') IS NOT DISTINCT FROM (to_jsonb(OLD) - 'state'))) THEN
    RAISE EXCEPTION 'an agreed contract never changes' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $fn$;
CREATE TRIGGER agreed_stays BEFORE UPDATE OR DELETE ON engagements_contract
  FOR EACH ROW EXECUTE FUNCTION sec.agreed_stays();

CREATE FUNCTION sec.agreed_parts_stay() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $fn$
DECLARE of_contract uuid;
BEGIN
  of_contract := CASE TG_OP WHEN 'INSERT' THEN NEW.contract_id ELSE OLD.contract_id END;
  IF EXISTS (SELECT FROM engagements_contract k WHERE k.id = of_contract AND k.state IN ('agreed', 'superseded'))
     AND NOT (TG_OP = 'UPDATE' AND to_jsonb(NEW) = to_jsonb(OLD)) THEN
    RAISE EXCEPTION 'an agreed contract keeps its parties and its reporting clause' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $fn$;
ALTER FUNCTION sec.agreed_parts_stay() OWNER TO {role(Role.SEC)};
CREATE TRIGGER agreed_stays BEFORE INSERT OR UPDATE OR DELETE ON engagements_contractparty
  FOR EACH ROW EXECUTE FUNCTION sec.agreed_parts_stay();
CREATE TRIGGER agreed_stays BEFORE INSERT OR UPDATE OR DELETE ON engagements_reportingclause
  FOR EACH ROW EXECUTE FUNCTION sec.agreed_parts_stay();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON engagements_contract
  FOR EACH STATEMENT EXECUTE FUNCTION sec.refuse();
"""

GO = """
DROP TRIGGER refuse_truncate ON engagements_contract;
DROP TRIGGER agreed_stays ON engagements_reportingclause;
DROP TRIGGER agreed_stays ON engagements_contractparty;
DROP TRIGGER agreed_stays ON engagements_contract;
DROP FUNCTION sec.agreed_parts_stay();
DROP FUNCTION sec.agreed_stays();
"""


class Migration(migrations.Migration):
    dependencies = [("engagements", "0006_contracts_for_practice_administrators")]
    operations = [migrations.RunSQL(STAY, GO)]
