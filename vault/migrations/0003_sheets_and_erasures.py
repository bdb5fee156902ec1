import uuid

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("vault", "0002_rules")]

    operations = [
        migrations.CreateModel(
            name="Erasure",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "what",
                    models.CharField(
                        choices=[
                            ("text", "a text, by its author"),
                            ("texts", "every text of an engagement, on the contract's date"),
                            ("content", "the content of an engagement, on the contract's date"),
                        ],
                        max_length=7,
                    ),
                ),
                ("obj", models.UUIDField()),
                ("at", models.DateTimeField()),
                ("keys", models.PositiveIntegerField(default=1)),
            ],
        ),
        migrations.AddField("vaultkey", "ready_at", models.DateTimeField(null=True)),
        # Whoever made a vault before there were sheets to prove goes on with it.
        migrations.RunSQL("UPDATE vault_vaultkey SET ready_at = created_at", migrations.RunSQL.noop),
        migrations.AlterField(
            "wrap",
            "method",
            models.CharField(
                choices=[
                    ("passphrase", "passphrase"),
                    ("recovery", "recovery code"),
                    ("unproven", "recovery code, unproven"),
                ],
                max_length=10,
            ),
        ),
        migrations.AddField("opening", "device", models.CharField(blank=True, max_length=200)),
        migrations.AddField("textkey", "about", models.UUIDField(db_index=True, null=True)),
        migrations.RunSQL("UPDATE vault_textkey SET about = id", migrations.RunSQL.noop),
        migrations.AlterField("textkey", "about", models.UUIDField(db_index=True)),
    ]
