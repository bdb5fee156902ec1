"""What the rooms of the profession, of a work community and of times offered hold on somebody, for them alone."""

from importlib import import_module

from django.db import migrations

from audit.rls import function

before = import_module("privacy.migrations.0003_own_rules")
# A supervisor proposes themes too, in processes of which they wrote nothing else that is told here.
KEYS = f"""{before.KEYS}
      OR k.owner IN (SELECT t.engagement_id FROM supervision_themeproposal t WHERE t.author_id = sec.uid())
"""

# Everything that stands under the name of the person who asks, and is not told by `own_texts`, `own_roles` or `own_deeds`.
# `said` is by the names of the columns; what is sealed opens with the keys of `own_keys`.
MORE = """
  WITH mine AS (
    SELECT a.id, a.engagement_id FROM engagements_participation a JOIN accounts_person p ON p.id = a.person_id
     WHERE p.user_id = sec.uid()
  ), empty AS (SELECT ''::bytea AS none)
  SELECT 'sub_group', m.id, g.engagement_id, e.title, m.since::timestamptz, '', '', ''::bytea,
         jsonb_build_object('name', g.name, 'since', m.since, 'until', m.until)
    FROM engagements_subgroupmember m JOIN engagements_subgroup g ON g.id = m.sub_group_id
    JOIN engagements_engagement e ON e.id = g.engagement_id
   WHERE m.participation_id IN (SELECT i.id FROM mine i) AND e.state <> 'draft'
  UNION ALL
  SELECT 'theme', t.id, t.engagement_id, e.title, t.created_at, 'supervision_themeproposal', 'text', t.text, '{}'::jsonb
    FROM supervision_themeproposal t JOIN engagements_engagement e ON e.id = t.engagement_id
   WHERE t.author_id = sec.uid() AND t.removed_at IS NULL AND NOT e.example
  UNION ALL
  SELECT 'support', t.id, t.engagement_id, e.title, s.at, 'supervision_themeproposal', 'text', t.text,
         jsonb_build_object('recorded', s.recorded_by_id IS NOT NULL)
    FROM supervision_themesupport s JOIN supervision_themeproposal t ON t.id = s.theme_id
    JOIN engagements_engagement e ON e.id = t.engagement_id
   WHERE s.participation_id IN (SELECT i.id FROM mine i)
  UNION ALL
  SELECT 'time', n.id, o.engagement_id, e.title, n.at, '', '', ''::bytea,
         jsonb_build_object('starts_at', w.starts_at, 'answer', n.answer, 'recorded', n.recorded_by_id IS NOT NULL)
    FROM supervision_timeanswer n JOIN supervision_offeredtime w ON w.id = n.time_id
    JOIN supervision_offer o ON o.id = w.offer_id JOIN engagements_engagement e ON e.id = o.engagement_id
   WHERE n.participation_id IN (SELECT i.id FROM mine i)
  UNION ALL
  SELECT 'acknowledged', r.id, r.engagement_id, e.title, k.at, '', '', ''::bytea, jsonb_build_object('name', k.name)
    FROM reports_acknowledgement k JOIN reports_report r ON r.id = k.report_id
    JOIN engagements_engagement e ON e.id = r.engagement_id
   WHERE k.user_id = sec.uid() OR k.person_id IN (SELECT sec.own_persons())
  UNION ALL
  SELECT 'asked', v.id, r.engagement_id, e.title, r.opened_at, '', '', ''::bytea, jsonb_build_object('state', r.state)
    FROM evaluations_invitation v JOIN evaluations_round r ON r.id = v.round_id
    JOIN engagements_engagement e ON e.id = r.engagement_id
   WHERE r.opened_at IS NOT NULL AND (v.participation_id IN (SELECT i.id FROM mine i) OR v.user_id = sec.uid()
      OR v.person_id IN (SELECT sec.own_persons()))
  UNION ALL
  SELECT 'proposal', n.id, k.engagement_id, e.title, n.at, '', '', ''::bytea,
         jsonb_build_object('text', n.text, 'answer', n.answer, 'answered_at', n.answered_at)
    FROM engagements_proposal n JOIN engagements_signaturerequest q ON q.id = n.request_id
    JOIN engagements_contract k ON k.id = q.contract_id JOIN engagements_engagement e ON e.id = k.engagement_id
   WHERE q.user_id = sec.uid() OR q.person_id IN (SELECT sec.own_persons())
  UNION ALL
  SELECT 'hold', h.id, NULL, coalesce(e.title, ''), h.set_at, '', '', ''::bytea,
         jsonb_build_object('until', h.until, 'lifted_at', h.lifted_at)
    FROM privacy_hold h LEFT JOIN engagements_engagement e ON e.id = h.engagement_id
   WHERE h.person_id IN (SELECT sec.own_persons())
  UNION ALL
  SELECT 'training', t.id, t.owner_id, '', NULL, 'portfolio_keptfile', 'name', coalesce(f.name, n.none),
         jsonb_build_object('file', f.id, 'kind', t.kind, 'programme', t.programme, 'provider', t.provider,
           'points', t.points, 'finished', t.finished, 'verified_by', t.verified_by, 'verified_on', t.verified_on)
    FROM portfolio_training t LEFT JOIN portfolio_keptfile f ON f.training_id = t.id CROSS JOIN empty n
   WHERE t.owner_id = sec.uid()
  UNION ALL
  SELECT 'standing', t.id, t.owner_id, '', NULL, '', '', ''::bytea,
         jsonb_build_object('kind', t.kind, 'since', t.since, 'until', t.until)
    FROM portfolio_standing t WHERE t.owner_id = sec.uid()
  UNION ALL
  SELECT 'experience', t.id, t.owner_id, '', NULL, '', '', ''::bytea,
         jsonb_build_object('sector', t.sector, 'what', t.what, 'first', t.first, 'last', t.last)
    FROM portfolio_experience t WHERE t.owner_id = sec.uid()
  UNION ALL
  SELECT 'spoken', t.id, t.owner_id, '', NULL, '', '', ''::bytea,
         jsonb_build_object('language', t.language, 'name', t.name, 'level', t.level)
    FROM portfolio_spoken t WHERE t.owner_id = sec.uid()
  UNION ALL
  SELECT 'guideline', t.id, t.owner_id, '', NULL, '', '', ''::bytea,
         jsonb_build_object('title', t.title, 'link', t.link, 'dated', t.dated)
    FROM portfolio_guideline t WHERE t.owner_id = sec.uid()
  UNION ALL
  SELECT 'commitment', t.id, t.owner_id, '', t.at, '', '', ''::bytea,
         jsonb_build_object('title', t.title, 'link', t.link, 'dated', t.dated)
    FROM portfolio_commitment t WHERE t.owner_id = sec.uid()
  UNION ALL
  SELECT 'choice', t.owner_id, t.owner_id, '', NULL, '', '', ''::bytea,
         jsonb_build_object('toto_least', t.toto_least, 'parts', t.parts)
    FROM portfolio_choice t WHERE t.owner_id = sec.uid()
  UNION ALL
  SELECT 'entry', t.id, t.owner_id, '', NULL, 'portfolio_logentry', 'note', t.note,
         jsonb_build_object('kind', t.kind, 'branch', t.branch, 'day', t.day, 'minutes', t.minutes, 'unit', t.unit,
           'title', t.title, 'whom', t.whom)
    FROM portfolio_logentry t WHERE t.owner_id = sec.uid()
  UNION ALL
  SELECT 'certificate', f.id, f.owner_id, '', f.added_at, 'portfolio_keptfile', 'name', f.name,
         jsonb_build_object('type', f.media_type, 'size', f.size)
    FROM portfolio_keptfile f WHERE f.owner_id = sec.uid() AND f.entry_id IS NOT NULL
  UNION ALL
  SELECT 'case', t.id, t.author_id, '', t.created_at, '', '', ''::bytea, jsonb_build_object('taken_on', t.taken_on)
    FROM portfolio_case t WHERE t.author_id = sec.uid()
  UNION ALL
  SELECT 'duty', d.id, d.author_id, coalesce(e.title, ''), d.reported_at, '', '', ''::bytea,
         jsonb_build_object('ground', d.ground, 'authority', d.authority, 'reference', d.reference,
           'written_at', d.written_at, 'corrects', d.corrects_id IS NOT NULL)
    FROM privacy_dutyreport d LEFT JOIN engagements_engagement e ON e.id = d.engagement_id
   WHERE d.author_id = sec.uid()
  UNION ALL
  SELECT 'hours', h.id, h.user_id, '', NULL, '', '', ''::bytea,
         jsonb_build_object('weekday', h.weekday, 'begins', h.begins, 'ends', h.ends)
    FROM supervision_workinghours h WHERE h.user_id = sec.uid()
  UNION ALL
  SELECT 'travel', t.user_id, t.user_id, '', NULL, '', '', ''::bytea, jsonb_build_object('minutes', t.travel_minutes)
    FROM supervision_workingtime t WHERE t.user_id = sec.uid()
  UNION ALL
  SELECT 'calendar', b.id, b.user_id, '', b.added_at, '', '', ''::bytea,
         jsonb_build_object('name', b.name, 'read_at', b.read_at)
    FROM supervision_busycalendar b WHERE b.user_id = sec.uid()
  UNION ALL
  SELECT 'feed', f.user_id, f.user_id, '', f.made_at, '', '', ''::bytea,
         jsonb_build_object('shows', f.shows, 'fetched_at', f.fetched_at)
    FROM supervision_feed f WHERE f.user_id = sec.uid()
  UNION ALL
  SELECT 'by_mail', c.user_id, c.user_id, '', c.since, '', '', ''::bytea, '{}'::jsonb
    FROM supervision_calendarmail c WHERE c.user_id = sec.uid()
  UNION ALL
  SELECT 'import', b.id, b.by_id, r.name, b.created_at, '', '', ''::bytea,
         jsonb_build_object('name', b.name, 'state', b.state, 'imported_at', b.imported_at, 'undone_at', b.undone_at)
    FROM transfer_importbatch b JOIN accounts_practice r ON r.id = b.practice_id WHERE b.by_id = sec.uid()
  UNION ALL
  SELECT 'notes_key', k.id, k.owner, '', k.created_at, '', '', ''::bytea, jsonb_build_object('retired_at', k.retired_at)
    FROM vault_vaultkey k WHERE k.owner = sec.uid()
   ORDER BY 1, 5 DESC NULLS LAST, 2
"""
MORE_RETURN = "TABLE (what text, id uuid, owner uuid, process text, at timestamptz, place text, col text, sealed bytea, said jsonb)"


class Migration(migrations.Migration):
    dependencies = [("privacy", "0005_retention_rules")]
    operations = [
        migrations.RunSQL(
            function("own_keys()", before.KEYS_RETURN, KEYS).sql,
            function("own_keys()", before.KEYS_RETURN, before.KEYS).sql,
        ),
        function("own_more()", MORE_RETURN, MORE),
    ]
