"""A supervisee who is alone in a session cancels it themselves."""

from django.db import migrations

from audit.rls import function

# The fee is what the contract says, which the caller reckons as for every other cancellation; whose session it is, that
# it is still to come and that nobody else is in it, is asked here.
CANCEL = """
DECLARE s supervision_session;
BEGIN
  SELECT * INTO s FROM supervision_session WHERE id = asked FOR NO KEY UPDATE;
  IF s.id IS NULL OR s.state <> 'planned' OR s.starts_at <= moment
     OR s.engagement_id NOT IN (SELECT sec.attended_engagements())
     OR (SELECT count(*) FROM engagements_participation a WHERE a.engagement_id = s.engagement_id AND a.left_on IS NULL) <> 1
  THEN
    RETURN false;
  END IF;
  UPDATE supervision_session SET state = CASE WHEN is_late THEN 'cancelled_late' ELSE 'cancelled' END, reason = why,
         marked_at = moment, sequence = sequence + 1, cancelled_by_id = sec.uid() WHERE id = asked;
  INSERT INTO supervision_fee (session_id, percent, since, waived_reason) VALUES (asked, charged, moment, '');
  INSERT INTO engagements_event (id, engagement_id, kind, at, actor_id, audience, data)
  VALUES (gen_random_uuid(), s.engagement_id, 'cancelled', moment, sec.uid(), 'participants',
          jsonb_build_object('session', asked, 'starts_at', began, 'late', is_late));
  RETURN true;
END
"""


class Migration(migrations.Migration):
    dependencies = [("supervision", "0025_cancelled_by"), ("engagements", "0023_events_of_reports")]
    operations = [
        function(
            "cancel_own(asked uuid, is_late boolean, charged int, why text, began text, moment timestamptz)",
            "boolean",
            CANCEL,
            volatile=True,
            language="plpgsql",
        ),
    ]
