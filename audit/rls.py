"""Row-level security as migration operations.

Every protected table is forced (its owner obeys too) and has a policy that gives the owner all rows: without it a data
migration would change no row and say nothing.
"""

from django.conf import settings
from django.db.migrations import RunSQL

from audit.roles import Role


def role(which: Role) -> str:
    """Return the quoted name of this installation's role."""
    return f'"{settings.DATABASE_ROLE_NAMES[which]}"'


def protect(
    table: str,
    *,
    select: str,
    insert: str,
    update: str | None = None,
    delete: str | None = None,
    worker: str = "",
    admin: str = "",
) -> list[RunSQL]:
    """Return the operations that put `table` under row-level security.

    `select`, `insert`, `update`, `delete` are SQL conditions for the role `app`; without one the verb is refused for
    every row. `worker` and `admin` name the verbs ("SELECT" or "ALL") for which those roles see all rows.
    """
    policies = [
        ("owner_all", Role.OWNER, "ALL", "USING (true) WITH CHECK (true)"),
        ("sec_reads", Role.SEC, "ALL", "USING (true) WITH CHECK (true)"),
        ("backup_reads", Role.BACKUP, "SELECT", "USING (true)"),
        ("app_select", Role.APP, "SELECT", f"USING ({select})"),
        ("app_insert", Role.APP, "INSERT", f"WITH CHECK ({insert})"),
    ]
    if update:
        policies.append(("app_update", Role.APP, "UPDATE", f"USING ({update}) WITH CHECK ({update})"))
    if delete:
        policies.append(("app_delete", Role.APP, "DELETE", f"USING ({delete})"))
    for verbs, who in ((worker, Role.WORKER), (admin, Role.ADMIN)):
        if verbs:
            check = "" if verbs == "SELECT" else " WITH CHECK (true)"
            policies.append((f"{who}_all", who, verbs, f"USING (true){check}"))
    return [
        RunSQL(
            f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY; ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
            f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY; ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
        ),
        *[policy(table, name, who, verb, condition) for name, who, verb, condition in policies],
    ]


def policy(table: str, name: str, who: Role, verb: str, condition: str) -> RunSQL:
    return RunSQL(
        f"CREATE POLICY {name} ON {table} FOR {verb} TO {role(who)} {condition}", f"DROP POLICY {name} ON {table}"
    )


def window(name: str, query: str) -> RunSQL:
    """Return the operation that makes a view: a window on some columns of a protected table.

    It sees all rows, as its owner does; `audit/grants.py` says who may look through it. A migration that changes the
    type of a column shown in it drops it before and makes it again after.
    """
    return RunSQL(f"CREATE VIEW {name} AS {query}", f"DROP VIEW {name}")


def function(
    signature: str,
    returns: str,
    body: str,
    *,
    volatile: bool = False,
    language: str = "sql",
    caller: Role = Role.APP,
) -> RunSQL:
    """Return the operation that makes a function of schema `sec` which sees all rows and answers to `caller` alone.

    `signature` is `name(arg type, …)`. Its owner is the role `sec`, which cannot log in; the search path is fixed.
    """
    name = f"sec.{signature}"
    plain = f"sec.{signature.split('(')[0]}"
    return RunSQL(
        f"""
        CREATE OR REPLACE FUNCTION {name} RETURNS {returns} LANGUAGE {language}
          {"VOLATILE" if volatile else "STABLE"} SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
          AS $fn$ {body} $fn$;
        ALTER FUNCTION {name} OWNER TO {role(Role.SEC)};
        REVOKE ALL ON FUNCTION {name} FROM PUBLIC;
        GRANT EXECUTE ON FUNCTION {name} TO {role(Role.OWNER)}, {role(caller)};
        """,
        f"DROP FUNCTION IF EXISTS {plain}",
    )
