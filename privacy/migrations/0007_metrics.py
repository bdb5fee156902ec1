"""How the installation is, in numbers over everybody: for who watches over it, who may see nothing of anybody."""

from django.db import migrations

from audit.rls import function

# Each is read from an index of its own, whatever the size of the tables.
METRICS = """
  SELECT 'messages', 'pending', (SELECT count(*) FROM notifications_message m WHERE m.state = 'pending')::double precision
  UNION ALL
  SELECT 'messages', 'sending', (SELECT count(*) FROM notifications_message m WHERE m.state = 'sending')
  UNION ALL
  SELECT 'messages', 'gathered', (SELECT count(*) FROM notifications_message m WHERE m.state = 'gathered')
  UNION ALL
  SELECT 'messages', 'dead', (SELECT count(*) FROM notifications_message m WHERE m.state = 'dead')
  UNION ALL
  SELECT 'oldest_message_seconds', '', coalesce((
    SELECT extract(epoch FROM now() - min(m.next_at)) FROM notifications_message m
     WHERE m.state = 'pending' AND m.next_at <= now()), 0)
  UNION ALL
  SELECT 'beat_speaks', '', (SELECT count(*) FROM sec.beat b WHERE b.until > clock_timestamp())
  UNION ALL
  SELECT 'task_said_seconds', t.key, extract(epoch FROM now() - t.value::timestamptz)
    FROM sec.beat b CROSS JOIN LATERAL jsonb_each_text(b.said) t
  UNION ALL
  SELECT 'retention_seconds', '', extract(epoch FROM now() - max(r.ended_at)) FROM privacy_retentionrun r
  HAVING max(r.ended_at) IS NOT NULL
"""


class Migration(migrations.Migration):
    dependencies = [
        ("privacy", "0006_own_more"),
        ("audit", "0004_one_beat_speaks"),
        ("notifications", "0010_delivery_log"),
    ]
    operations = [function("metrics()", "TABLE (name text, label text, value double precision)", METRICS)]
