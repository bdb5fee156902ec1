"""Opening what a report says, and how far each has read."""

from datetime import datetime

from django.db import connection
from django.utils.translation import gettext as _

from accounts.models import User
from reports.models import ReadUpTo, Report, Revision
from reports.text import Body, Changed, body_of, changes
from vault.content import Content


class CannotBeOpened(Exception):
    """The key of the text is gone, or it was changed."""


def current(report: Report) -> Revision:
    found = report.revisions.get(number=report.revision)
    found.report = report
    return found


def current_body(report: Report) -> Body:
    """Return what the report says now. Raises CannotBeOpened."""
    body = body_of(current(report), Content([report.engagement_id]))
    if body is None:
        raise CannotBeOpened(_("The text cannot be opened."))
    return body


def since_last_read(report: Report, user: User, body: Body) -> list[Changed]:
    """Return what changed since `user` last read it; nothing on the first reading. Three queries at most."""
    read = ReadUpTo.objects.filter(report=report, user=user).values_list("number", flat=True).first()
    if read is None or read >= report.revision:
        return []
    earlier = report.revisions.filter(number=read).first()
    if earlier is None:
        return []
    earlier.report = report
    before = body_of(earlier, Content([report.engagement_id]))
    return changes(before, body) if before else []


def mark_read(report: Report, user: User, now: datetime) -> None:
    """Remember that `user` has read the wording that counts."""
    ReadUpTo.objects.bulk_create(
        [ReadUpTo(report=report, user=user, number=report.revision, at=now)],
        update_conflicts=True, unique_fields=["report", "user"], update_fields=["number", "at"],
    )  # fmt: skip


def viewings(report: Report) -> list[datetime]:
    """Return when the client has opened a report that is out, the latest first, at most a hundred. One query.

    It is told by the chain of what was read, to supervisors and supervisees alike.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT at FROM sec.reads_of(%s) WHERE event = 'report.viewed' AND about = %s LIMIT 100",
            [report.engagement_id, report.released_at],
        )
        return [row[0] for row in cursor.fetchall()]
