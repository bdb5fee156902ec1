import uuid

import django.db.models.deletion
from django.db import migrations, models

from audit.rls import function, protect

# A sealed file stays as it is: for the application, for the worker, and for the owner too.
STAYS = """
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON documents_sealedfile
  FOR EACH ROW EXECUTE FUNCTION sec.refuse();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON documents_sealedfile
  FOR EACH STATEMENT EXECUTE FUNCTION sec.refuse();
-- A PDF is packed already: trying to pack it again costs time and gains nothing.
ALTER TABLE documents_sealedfile ALTER COLUMN content SET STORAGE EXTERNAL;
"""
GOES = """
ALTER TABLE documents_sealedfile ALTER COLUMN content SET STORAGE EXTENDED;
DROP TRIGGER refuse_truncate ON documents_sealedfile;
DROP TRIGGER refuse_change ON documents_sealedfile;
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = [
        ("accounts", "0006_administrators_and_invitations"),
        ("audit", "0002_actor_is_who_asks"),
    ]
    operations = [
        migrations.CreateModel(
            name="SealedFile",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "kind",
                    models.CharField(choices=[("contract", "contract"), ("joining", "joining sheet")], max_length=16),
                ),
                ("obj", models.UUIDField()),
                ("content", models.BinaryField()),
                (
                    "sha256",
                    models.GeneratedField(
                        db_persist=True,
                        expression=models.Func(
                            models.Func(models.F("content"), function="sha256"), models.Value("hex"), function="encode"
                        ),
                        output_field=models.CharField(max_length=64),
                    ),
                ),
                (
                    "size",
                    models.GeneratedField(
                        db_persist=True,
                        expression=models.Func(models.F("content"), function="octet_length"),
                        output_field=models.IntegerField(),
                    ),
                ),
                ("terms_hash", models.CharField(max_length=64)),
                ("pages", models.PositiveSmallIntegerField()),
                ("sealed_at", models.DateTimeField()),
                ("certificate", models.CharField(max_length=64)),
                (
                    "practice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.practice"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("kind", "obj"), name="sealed_once"),
                    models.UniqueConstraint(fields=("sha256",), name="sealed_file_by_hash"),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["contract", "joining"])), name="sealed_file_kind"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("size__gt", 0), ("size__lte", 20971520)), name="sealed_file_size"
                    ),
                    models.CheckConstraint(condition=models.Q(("pages__gt", 0)), name="sealed_file_pages"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("certificate__regex", "^[0-9a-f]{64}$"), ("terms_hash__regex", "^[0-9a-f]{64}$")
                        ),
                        name="sealed_file_hashes",
                    ),
                ],
            },
        ),
        migrations.RunSQL(STAYS, GOES),
        # This room cannot know who may read a contract. It shows nothing to anybody who asks through the application; the
        # rooms above add policies of their own for SELECT, by kind, and policies only ever add. The worker alone writes.
        *protect("documents_sealedfile", select="false", insert="false", worker="ALL"),
        # All that a visitor is told by the page of checking: when a file with this hash was sealed here, or nothing.
        function(
            "sealed_on(hash text)", "timestamptz", "SELECT sealed_at FROM documents_sealedfile WHERE sha256 = hash"
        ),
    ]
