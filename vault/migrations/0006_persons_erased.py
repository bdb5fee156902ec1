from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("vault", "0005_keys_about_to_go")]
    operations = [
        migrations.AlterField(
            model_name="erasure",
            name="what",
            field=models.CharField(
                choices=[
                    ("text", "a text, by its author"),
                    ("texts", "every text of an engagement, on the contract's date"),
                    ("content", "the content of an engagement, on the contract's date"),
                    ("person", "a person, whom a practice has erased"),
                ],
                max_length=7,
            ),
        )
    ]
