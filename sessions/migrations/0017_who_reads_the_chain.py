from django.db import migrations

from audit.rls import protect

# Of processes, vaults and diaries the application reads what the person asking did, and a supervisor what was done in
# theirs; what others opened of theirs a supervisee asks of `sec.reads_of`; what became of one's own vault, also by
# itself, is one's own. Everybody appends. Who checks the chain, the owner or the backup, sees it whole.
PRIVATE = "stream ~ '^([a-z]+ )?[0-9a-f]{8}-[0-9a-f]{4}-'"
OWN = "actor = (SELECT sec.uid()) OR stream = 'vault ' || (SELECT sec.uid())"
LED = "stream = ANY(ARRAY(SELECT l.id::text FROM sec.led_engagements() AS l(id)))"


class Migration(migrations.Migration):
    dependencies = [("supervision", "0016_progress_diary_board_rules")]
    operations = [
        *protect("audit_entry", select=f"NOT ({PRIVATE}) OR {OWN} OR {LED}", insert="true", worker="ALL", admin="ALL"),
    ]
