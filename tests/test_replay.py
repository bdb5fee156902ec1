"""The cast that each test is given holds what making it anew would hold, in every table."""

from typing import Any

import psycopg
from django.db import connections, transaction
from psycopg import sql

from tests.conftest import Cast, address, copy_of, make_cast
from tests.replay import Recording

COLUMNS = """
SELECT table_schema, table_name, array_agg(column_name::text ORDER BY column_name) FROM information_schema.columns
JOIN information_schema.tables USING (table_schema, table_name)
WHERE table_schema NOT IN ('pg_catalog', 'information_schema') AND table_type = 'BASE TABLE' GROUP BY 1, 2 ORDER BY 1, 2
"""


def filled(database: str) -> dict[tuple[str, str], dict[str, int]]:
    """Return for each table how many rows say something in each of its columns."""
    with psycopg.connect(address(database)) as superuser:
        found = {}
        for schema, table, columns in superuser.execute(COLUMNS).fetchall():
            counts = sql.SQL(", ").join(sql.SQL("count({})").format(sql.Identifier(column)) for column in columns)
            query = sql.SQL("SELECT {} FROM {}").format(counts, sql.Identifier(schema, table))
            row: Any = superuser.execute(query).fetchone()
            found[schema, table] = dict(zip(columns, row, strict=True))
        return found


def test_the_copied_cast_fills_the_same_columns_of_the_same_tables(
    template: str, own_database: str, cast_recorded: Recording[Cast]
) -> None:
    with transaction.atomic():
        cast_recorded.again()
    copied = filled(own_database)
    connections.close_all()
    copy_of(template, own_database)
    with transaction.atomic():
        make_cast()
    assert copied == filled(own_database)
    assert copied["public", "accounts_person"]["user_id"] > 0


def test_a_test_that_changes_its_cast_changes_no_others(db: None, cast_recorded: Recording[Cast]) -> None:
    first = cast_recorded.again()
    first.lead.full_name, first.people[0].given_name = "Toinen", "Toinen"
    assert cast_recorded.made.lead.full_name == "Liisa Lahti"
    assert cast_recorded.made.people[0].given_name == "Sanna"
    assert first.practice == cast_recorded.made.practice
