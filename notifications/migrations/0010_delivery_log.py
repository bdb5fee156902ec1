"""How every message of a practice fares, for its administrators: one row a message, the latest first."""

from importlib import import_module

from django.db import migrations

from audit.rls import function

OURS = import_module("notifications.migrations.0006_given_up_in_a_practice").OURS
LOG = f"""
  SELECT m.id, m.kind::text, m.state::text, coalesce(trim(p.given_name || ' ' || p.family_name), u.full_name)::text,
         m.created_at, m.next_at, m.sent_at, m.attempts::int, m.maybe_sent::int
  {OURS} AND m.created_at > since AND (m.created_at, m.id) < (before, earlier)
   ORDER BY m.created_at DESC, m.id DESC LIMIT most
"""


class Migration(migrations.Migration):
    dependencies = [("notifications", "0009_index_gathered_messages")]
    operations = [
        function(
            "delivery_log(since timestamptz, before timestamptz, earlier uuid, most int)",
            "TABLE (id uuid, kind text, state text, recipient text, created_at timestamptz, next_at timestamptz,"
            " sent_at timestamptz, attempts int, maybe_sent int)",
            LOG,
        )
    ]
