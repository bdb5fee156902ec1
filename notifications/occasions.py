"""How the key of a message names a moment: in UTC, to the second, the same in Python and in SQL."""

from datetime import UTC, datetime

from django.db.models import CharField, Func

WRITTEN = "%Y%m%dT%H%M%SZ"


def stamp(moment: datetime) -> str:
    """Write an aware moment: `20270113T070000Z`."""
    return moment.astimezone(UTC).strftime(WRITTEN)


def moment_of(stamp: str) -> datetime:
    """Read what `stamp` wrote; raises ValueError for anything else."""
    return datetime.strptime(stamp, WRITTEN).replace(tzinfo=UTC)


class Stamp(Func):
    """`stamp` of a column."""

    template = "to_char(%(expressions)s AT TIME ZONE 'UTC', 'YYYYMMDD\"T\"HH24MISS\"Z\"')"
    output_field = CharField()
