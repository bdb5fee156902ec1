import django.db.models.deletion
import django.utils.timezone
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("engagements", "0019_events_of_sessions"),
        ("supervision", "0012_facts_by_version"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="AnswerFile",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("name", models.BinaryField()),
                ("media_type", models.CharField(max_length=40)),
                ("size", models.PositiveIntegerField()),
                ("added_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "verbose_name": "file of an answer",
                "verbose_name_plural": "files of answers",
                "ordering": ["added_at", "pk"],
            },
        ),
        migrations.CreateModel(
            name="AnswerFileContent",
            fields=[
                (
                    "file",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="content",
                        serialize=False,
                        to="supervision.answerfile",
                    ),
                ),
                ("sealed", models.BinaryField()),
            ],
            options={
                "verbose_name": "content of a file of an answer",
                "verbose_name_plural": "contents of files of answers",
            },
        ),
        migrations.CreateModel(
            name="Task",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("text", models.BinaryField()),
                ("due_on", models.DateField(null=True, verbose_name="Due on")),
                ("until_next", models.BooleanField(default=False)),
                (
                    "visibility",
                    models.CharField(
                        choices=[
                            ("supervisors", "The supervisors and whoever answers"),
                            ("everyone", "Everybody in the process"),
                        ],
                        max_length=12,
                        verbose_name="Who sees the answers",
                    ),
                ),
                ("to_all", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("closed_at", models.DateTimeField(null=True)),
                ("discussed_at", models.DateTimeField(null=True)),
                (
                    "discussed_in",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="discussed_tasks",
                        to="supervision.session",
                    ),
                ),
                (
                    "engagement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="tasks", to="engagements.engagement"
                    ),
                ),
                (
                    "given_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "session",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="tasks",
                        to="supervision.session",
                    ),
                ),
            ],
            options={
                "verbose_name": "task",
                "verbose_name_plural": "tasks",
            },
        ),
        migrations.CreateModel(
            name="TaskAnswer",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("rev", models.PositiveIntegerField(default=1)),
                ("text", models.BinaryField()),
                ("answered_at", models.DateTimeField(null=True)),
                ("updated_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "participation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="task_answers",
                        to="engagements.participation",
                    ),
                ),
                (
                    "task",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="answers", to="supervision.task"
                    ),
                ),
            ],
            options={
                "verbose_name": "answer",
                "verbose_name_plural": "answers",
            },
        ),
        migrations.CreateModel(
            name="AnswerRead",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                (
                    "reader",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "answer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="supervision.taskanswer"
                    ),
                ),
            ],
            options={
                "verbose_name": "reading of an answer",
                "verbose_name_plural": "readings of answers",
            },
        ),
        migrations.AddField(
            model_name="answerfile",
            name="answer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="files", to="supervision.taskanswer"
            ),
        ),
        migrations.CreateModel(
            name="AnswerComment",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("text", models.BinaryField()),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "answer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="comments",
                        to="supervision.taskanswer",
                    ),
                ),
            ],
            options={
                "verbose_name": "comment on an answer",
                "verbose_name_plural": "comments on answers",
                "ordering": ["at", "pk"],
            },
        ),
        migrations.CreateModel(
            name="TaskFor",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "participation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="engagements.participation"
                    ),
                ),
                (
                    "task",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="recipients", to="supervision.task"
                    ),
                ),
            ],
            options={
                "verbose_name": "recipient of a task",
                "verbose_name_plural": "recipients of tasks",
            },
        ),
        migrations.AddIndex(
            model_name="task",
            index=models.Index(
                condition=models.Q(("closed_at", None), ("discussed_at", None)),
                fields=["due_on", "until_next"],
                name="task_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="task",
            constraint=models.CheckConstraint(
                condition=models.Q(("due_on", None), ("until_next", False), _connector="OR"), name="task_due_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="task",
            constraint=models.CheckConstraint(
                condition=models.Q(("discussed_in", None), ("discussed_at__isnull", False), _connector="OR"),
                name="task_discussed_says_when",
            ),
        ),
        migrations.AddConstraint(
            model_name="taskanswer",
            constraint=models.UniqueConstraint(fields=("task", "participation"), name="taskanswer_once"),
        ),
        migrations.AddConstraint(
            model_name="answerread",
            constraint=models.UniqueConstraint(fields=("answer", "reader"), name="answerread_once_a_reader"),
        ),
        migrations.AddConstraint(
            model_name="taskfor",
            constraint=models.UniqueConstraint(fields=("task", "participation"), name="taskfor_once"),
        ),
    ]
