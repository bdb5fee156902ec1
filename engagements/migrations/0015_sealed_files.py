from django.db import migrations

from audit.rls import function, policy
from audit.roles import Role

SIGNATURES = """
  coalesce((SELECT jsonb_agg(jsonb_build_object('name', s.name, 'part', r.part, 'on_behalf', r.on_behalf,
      'method', s.method, 'at', s.at, 'signed_on', s.signed_on, 'by', coalesce(u.full_name, ''),
      'issuer', coalesce(s.proof ->> 'issuer', '')) ORDER BY r.turn, s.at, s.id)
    FROM engagements_signature s JOIN engagements_signaturerequest r ON r.id = s.request_id
    LEFT JOIN accounts_user u ON u.id = s.recorded_by_id
   WHERE r.state = 'signed' AND {which}), '[]'::jsonb)
"""
CONTRACT = """
  jsonb_build_object('version', k.version, 'state', k.state, 'terms', k.terms, 'terms_hash', k.terms_hash,
    'wording', k.wording, 'agreed_on', k.agreed_on, 'agreed_how', k.agreed_how)
"""
# What has been signed by all and is not sealed yet, whole: the worker reads no contract otherwise.
TO_SEAL = f"""
  SELECT 'contract'::text, k.id, e.practice_id, e.id, {CONTRACT} || jsonb_build_object('signatures',
      {SIGNATURES.format(which="s.contract_id = k.id AND r.what = 'contract'")})
    FROM engagements_contract k JOIN engagements_engagement e ON e.id = k.engagement_id
   WHERE k.state IN ('agreed', 'superseded') AND k.agreed_how = 'signed' AND NOT EXISTS
     (SELECT FROM documents_sealedfile f WHERE f.kind = 'contract' AND f.obj = k.id)
  UNION ALL
  SELECT 'joining'::text, q.id, e.practice_id, e.id, {CONTRACT} || jsonb_build_object('sheet', q.sheet, 'signatures',
      {SIGNATURES.format(which="r.id = q.id")})
    FROM engagements_signaturerequest q JOIN engagements_contract k ON k.id = q.contract_id
    JOIN engagements_engagement e ON e.id = k.engagement_id
   WHERE q.what = 'joining' AND q.state = 'signed' AND k.state IN ('agreed', 'superseded') AND NOT EXISTS
     (SELECT FROM documents_sealedfile f WHERE f.kind = 'joining' AND f.obj = q.id)
   LIMIT most
"""


def any_of(name: str) -> str:
    return f"ANY(ARRAY(SELECT sec.{name}()))"


class Migration(migrations.Migration):
    dependencies = [("engagements", "0014_signing_rules"), ("documents", "0001_sealed_files")]
    operations = [
        function(
            "to_seal(most integer)",
            "TABLE (kind text, obj uuid, practice uuid, stream uuid, what jsonb)",
            TO_SEAL,
            caller=Role.WORKER,
        ),
        # Who reads a contract has its file; a joining sheet is its signer's and the supervisors'.
        policy(
            "documents_sealedfile",
            "app_contracts",
            Role.APP,
            "SELECT",
            f"USING (kind = 'contract' AND (obj = {any_of('visible_contracts')} OR obj = (SELECT sec.linked_contract())"
            f" OR obj IN (SELECT k.id FROM engagements_contract k"
            f" WHERE k.engagement_id = {any_of('administered_engagements')})))",
        ),
        policy(
            "documents_sealedfile",
            "app_sheets",
            Role.APP,
            "SELECT",
            "USING (kind = 'joining' AND obj IN (SELECT r.id FROM engagements_signaturerequest r"
            f" WHERE r.id = {any_of('own_requests')} OR r.contract_id = {any_of('led_contracts')}))",
        ),
    ]
