"""What could not be delivered in a practice is seen by its administrators, who can have it sent again."""

from django.db import migrations

from audit.rls import function

# To whom in an administered practice: to one of its persons, or to one who works there now.
OURS = """
  FROM notifications_message m
  LEFT JOIN accounts_person p ON p.id = m.person_id
  LEFT JOIN accounts_user u ON u.id = m.user_id
 WHERE (p.practice_id IN (SELECT sec.administered_practices()) OR EXISTS (
         SELECT FROM accounts_membership w WHERE w.user_id = m.user_id AND w.until IS NULL
            AND w.practice_id IN (SELECT sec.administered_practices())))
"""
# Given up, delayed, or perhaps said twice; what went as it should is no news.
TROUBLED = f"""
  SELECT m.id, m.kind::text, m.state::text, coalesce(trim(p.given_name || ' ' || p.family_name), u.full_name)::text,
         m.created_at, m.next_at, m.sent_at, m.attempts::int, m.maybe_sent::int
  {OURS} AND (m.state = 'dead' OR m.state IN ('pending', 'sending') AND m.attempts > 0
              OR m.maybe_sent > 0 AND m.created_at > since)
   ORDER BY m.state = 'dead' DESC, m.created_at DESC, m.id LIMIT 200
"""
COUNTS = f"""
  SELECT m.state::text, count(*)::int {OURS} AND m.created_at > since GROUP BY m.state
"""
AGAIN = f"""
  WITH again AS (
    UPDATE notifications_message n
       SET state = 'pending', attempts = 0, next_at = statement_timestamp(), last_error = '', token = NULL, lease_until = NULL
     WHERE n.id = asked AND n.state = 'dead' AND n.id IN (SELECT m.id {OURS} AND m.id = asked) RETURNING 1)
  SELECT EXISTS (SELECT FROM again)
"""


class Migration(migrations.Migration):
    dependencies = [
        ("notifications", "0005_which_of_several_were_told"),
        ("accounts", "0008_smallest_group"),
    ]
    operations = [
        function(
            "troubled_messages(since timestamptz)",
            "TABLE (id uuid, kind text, state text, recipient text, created_at timestamptz, next_at timestamptz,"
            " sent_at timestamptz, attempts int, maybe_sent int)",
            TROUBLED,
        ),
        function("message_counts(since timestamptz)", "TABLE (state text, number int)", COUNTS),
        function("send_again(asked uuid)", "boolean", AGAIN, volatile=True),
    ]
