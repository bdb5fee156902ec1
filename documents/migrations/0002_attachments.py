import django.db.models.deletion
import django.utils.timezone
import uuid
from django.conf import settings
from django.db import migrations, models

from audit.rls import protect


# What was brought stays as it was brought. It may be withdrawn once: then the row forgets the name and says why. Its
# bytes are written once and have no UPDATE at all (audit/grants.py).
STAYS = """
CREATE FUNCTION sec.attachment_stays() RETURNS trigger LANGUAGE plpgsql AS $fn$
DECLARE withdrawal text[] := ARRAY['name', 'withdrawn_at', 'withdrawn_by_id', 'withdrawn_reason'];
BEGIN
  IF to_jsonb(NEW) = to_jsonb(OLD) THEN RETURN NEW; END IF;
  IF OLD.withdrawn_at IS NOT NULL OR NEW.withdrawn_at IS NULL
     OR (to_jsonb(NEW) - withdrawal) IS DISTINCT FROM (to_jsonb(OLD) - withdrawal) THEN
    RAISE EXCEPTION 'an attachment is withdrawn or stays as it is' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $fn$;
CREATE TRIGGER stays BEFORE UPDATE ON documents_attachment FOR EACH ROW EXECUTE FUNCTION sec.attachment_stays();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON documents_attachment
  FOR EACH STATEMENT EXECUTE FUNCTION sec.refuse();
"""
GO = """
DROP TRIGGER refuse_truncate ON documents_attachment;
DROP TRIGGER stays ON documents_attachment;
DROP FUNCTION sec.attachment_stays();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0006_administrators_and_invitations"),
        ("documents", "0001_sealed_files"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Attachment",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("kind", models.CharField(choices=[("contract", "scanned agreement")], max_length=12)),
                ("obj", models.UUIDField()),
                ("number", models.PositiveSmallIntegerField()),
                ("name", models.CharField(blank=True, max_length=120)),
                ("media_type", models.CharField(max_length=40)),
                ("size", models.PositiveIntegerField()),
                ("sha256", models.CharField(max_length=64)),
                (
                    "shown_to",
                    models.CharField(
                        choices=[("supervisors", "Supervisors"), ("parties", "All parties")],
                        default="supervisors",
                        max_length=12,
                    ),
                ),
                ("added_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("withdrawn_at", models.DateTimeField(null=True)),
                ("withdrawn_reason", models.CharField(blank=True, max_length=200, verbose_name="Reason")),
                (
                    "added_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "practice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.practice"
                    ),
                ),
                (
                    "withdrawn_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "attachment",
                "verbose_name_plural": "attachments",
                "ordering": ["number"],
            },
        ),
        migrations.CreateModel(
            name="AttachmentContent",
            fields=[
                (
                    "attachment",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="content",
                        serialize=False,
                        to="documents.attachment",
                    ),
                ),
                ("sealed", models.BinaryField()),
            ],
            options={
                "verbose_name": "content of an attachment",
                "verbose_name_plural": "contents of attachments",
            },
        ),
        migrations.AddConstraint(
            model_name="attachment",
            constraint=models.UniqueConstraint(fields=("kind", "obj", "number"), name="attachment_number_once"),
        ),
        migrations.AddConstraint(
            model_name="attachment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("withdrawn_at", None),
                        ("withdrawn_by", None),
                        ("withdrawn_reason", ""),
                        models.Q(("name", ""), _negated=True),
                    ),
                    models.Q(
                        ("name", ""),
                        ("withdrawn_at__isnull", False),
                        ("withdrawn_by__isnull", False),
                        models.Q(("withdrawn_reason", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="attachment_withdrawn_says_why_and_forgets_its_name",
            ),
        ),
        # Nobody sees a row here: the room to which a kind belongs opens its own.
        *protect("documents_attachment", select="false", insert="false"),
        *protect("documents_attachmentcontent", select="false", insert="false"),
        migrations.RunSQL(STAYS, GO),
    ]
