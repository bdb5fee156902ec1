# ruff: noqa: S608  (every word of this SQL is ours: names of tables and columns)
"""Which rows are a practice's: said for every model, and made into the one function that gives them all.

Most answers follow from the models: a row that must belong to a practice, or to something that belongs to one, is that
practice's. What does not follow is said here in SQL, and what does not travel is left out with a reason. A model with
no answer has none, and a test fails.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from django.apps import apps
from django.db import connection, models

from transfer.archive import own_key

Model = type[models.Model]

ROOT: Final = "accounts_practice"
USERS: Final = "accounts_user"
#: Columns that hold a row of these tables are one of the function's arrays, so that no condition is asked twice.
ARRAYS: Final = {"engagements_engagement": "engagements", "accounts_person": "persons", "accounts_user": "users"}

_OF_MEMBERS: Final = "t.{column} = ANY (members)"
_DIARY: Final = (
    "t.engagement = ANY (engagements) OR t.engagement IS NULL"
    " AND t.author_id IN (SELECT o.user_id FROM accounts_person o WHERE o.practice_id = wanted)"
    " AND NOT EXISTS (SELECT FROM accounts_person o WHERE o.user_id = t.author_id AND o.practice_id <> wanted)"
)
#: What supervisors keep of their own goes with those who work in no other practice.
_ONLY_HERE: Final = (
    "t.{column} = ANY (members) AND NOT EXISTS (SELECT FROM accounts_membership o"
    " WHERE o.user_id = t.{column} AND o.practice_id <> wanted)"
)
_PORTFOLIO: Final = _ONLY_HERE.format(column="owner_id")
_DUTY: Final = "t.engagement_id = ANY (engagements) OR " + _ONLY_HERE.format(column="author_id")
#: What does not follow from the models: the condition on a row `t` of the table.
SAID: Final[Mapping[str, str]] = {
    "accounts_user": "t.id = ANY (users)",
    "account_emailaddress": "t.user_id = ANY (users) AND t.verified",
    "audit_entry": "t.stream = ANY (streams)",
    "audit_head": "t.stream = ANY (streams)",
    "engagements_reportingclause": "t.contract_id IN (SELECT k.id FROM engagements_contract k WHERE k.engagement_id ="
    " ANY (engagements)) OR t.template_id IN (SELECT m.id FROM engagements_contracttemplate m WHERE m.practice_id ="
    " wanted)",
    # One's own word of what one wants to hear goes with whoever works here or is written to.
    "notifications_preference": "t.practice_id = wanted OR t.person_id = ANY (persons) OR t.user_id = ANY (members)",
    "notifications_message": "t.person_id = ANY (persons) OR t.person_id IS NULL AND t.obj IN ({objects})",
    "supervision_calendarmail": _OF_MEMBERS.format(column="user_id"),
    "supervision_workingtime": _OF_MEMBERS.format(column="user_id"),
    "supervision_workinghours": _OF_MEMBERS.format(column="user_id"),
    # A diary is its author's. What is written about a process of the practice goes with it; what is about none goes
    # with whoever is known to no other practice.
    "supervision_diaryentry": _DIARY,
    **dict.fromkeys(
        (
            "portfolio_choice", "portfolio_guideline", "portfolio_commitment", "portfolio_logentry",
            "portfolio_training", "portfolio_standing", "portfolio_experience", "portfolio_spoken",
            "portfolio_keptfile",
        ),
        _PORTFOLIO,
    ),
    "portfolio_case": _ONLY_HERE.format(column="author_id"),
    "privacy_dutyreport": _DUTY,
    "vault_vaultkey": "t.owner = ANY (users)",
    # The keys of cases for one's own supervision have their author in the place of a process.
    "vault_textkey": "t.engagement = ANY (engagements) OR t.engagement = t.author AND "
    + _ONLY_HERE.format(column="author"),
    # Of a passphrase, the pepper of the old installation is a part: it opens nothing elsewhere. The sheet does.
    "vault_wrap": "t.method <> 'passphrase' AND t.key_id IN (SELECT v.id FROM vault_vaultkey v WHERE v.owner = ANY"
    " (users))",
    "vault_contentkey": "t.owner = ANY (engagements) OR t.owner = wanted OR t.owner = ANY (persons) OR t.owner IN"
    f" (SELECT t.author_id FROM supervision_diaryentry t WHERE {_DIARY}) OR t.owner IN (SELECT t.owner_id FROM"
    f" portfolio_training t WHERE {_PORTFOLIO} UNION SELECT t.owner_id FROM portfolio_logentry t WHERE {_PORTFOLIO})",
}  # fmt: skip

#: What does not travel, and why. docs/export.md repeats it.
LEFT: Final[Mapping[str, str]] = {
    "accounts_user_groups": "Rights on the site of an administrator are given anew by whoever runs it.",
    "accounts_user_user_permissions": "Rights on the site of an administrator are given anew by whoever runs it.",
    "auth_group": "Belongs to the installation.",
    "auth_group_permissions": "Belongs to the installation.",
    "auth_permission": "Belongs to the installation.",
    "account_emailconfirmation": "A code that lives for minutes.",
    "django_admin_log": "What administrators of the installation did.",
    "django_content_type": "Belongs to the installation.",
    "django_session": "Everybody logs in anew.",
    "mfa_authenticator": "A second factor is tied to the address of the installation: everybody adds theirs anew.",
    "socialaccount_socialaccount": "Tied to what the installation trusts.",
    "socialaccount_socialapp": "Belongs to the installation.",
    "socialaccount_socialtoken": "Tied to what the installation trusts.",
    "supervision_busycalendar": "The address is sealed for the worker of the old installation; add it anew.",
    "supervision_busytime": "Read from a calendar that is added anew.",
    "supervision_feed": "A secret address of the old installation; make it anew.",
    "privacy_passage": "Lasts as long as a transaction.",
    "privacy_retentionrun": "What the old installation let go.",
    "transfer_importfile": "Kept for hours.",
    "transfer_receiver": "Which installation receives the practice, asked and accepted on the old one.",
    "usersessions_usersession": "Everybody logs in anew.",
    "vault_erasure": "Written into the ledger of the old installation, whose backups it is for.",
    "vault_opening": "An open vault: everybody opens theirs anew.",
    "vault_tries": "How often a vault was tried lately.",
}  # fmt: skip

#: How the bytes of a column travel. A column of bytes with no answer has none, and a test fails.
AS_IT_IS: Final = "as it is"  # sealed by a key that travels, or a hash
RESEALED: Final = "resealed"  # opened here, sealed for the receiver
FILE: Final = "file"  # a file of its own in the archive, in clear within its seal
BYTES: Final[Mapping[str, str]] = {
    "vault_contentkey.sealed": RESEALED,
    "vault_vaultkey.mark": RESEALED,
    **{f"{table}.{column}": RESEALED for table, (columns, _place) in own_key.COLUMNS.items() for column in columns},
    "documents_attachmentcontent.sealed": FILE,
    "documents_sealedfile.content": FILE,
    **dict.fromkeys(
        (
            "audit_entry.previous", "audit_entry.hash", "audit_head.hash",
            "vault_vaultkey.public", "vault_wrap.salt", "vault_wrap.sealed", "vault_textkeywrap.sealed",
            "engagements_signinglink.token_hash", "accounts_invitation.token_hash", "evaluations_link.token_hash",
            "evaluations_response.key", "evaluations_response.figures", "evaluations_response.texts",
            "evaluations_response.code", "evaluations_draft.sealed", "evaluations_agreedchange.text",
            "evaluations_agreedchange.remark",
            "reports_revision.sealed", "reports_revision.pdf", "reports_answer.reason", "reports_handover.pdf",
            "reports_remark.quote", "reports_remark.text", "reports_remark.reply",
            "supervision_agendaitem.sealed", "supervision_boardentry.text", "supervision_diaryentry.text",
            "supervision_memo.sealed", "supervision_memoversion.sealed", "supervision_memoaddition.sealed",
            "supervision_note.sealed", "supervision_noteversion.sealed", "supervision_progress.remark",
            "supervision_task.text", "supervision_taskanswer.text", "supervision_answerfile.name",
            "supervision_answerfilecontent.sealed", "supervision_answercomment.text",
            "supervision_themeproposal.text", "portfolio_case.sealed", "portfolio_logentry.note",
            "portfolio_keptfile.name", "portfolio_keptcontent.sealed",
        ),
        AS_IT_IS,
    ),
}  # fmt: skip

#: What of a row is another in the archive: a password is no practice's, and neither are rights on the old installation.
REPLACED: Final[Mapping[str, str]] = {
    "accounts_user": """ || '{"password": "!", "last_login": null, "is_staff": false, "is_superuser": false}'""",
}


@dataclass(frozen=True)
class Unanswered:
    """A model or a column of bytes of which nobody has said whether and how it travels."""

    name: str


def ours() -> Iterator[Model]:
    """Every model with a table of ours, in the order of the rooms."""
    for model in apps.get_models(include_auto_created=True):
        if model._meta.managed:
            yield model


@cache
def condition(table: str) -> str | None:
    """Return the SQL of which rows `t` of the table are the practice's; None when nothing says so."""
    if table == ROOT:
        return "t.id = wanted"
    if table in SAID:
        return SAID[table]
    if table in LEFT:
        return None
    return _derived(table)


def _derived(table: str) -> str | None:
    """Return the condition by a key that every row has: to the practice itself, or to something that is answered."""
    keys = [field for field in by_table()[table]._meta.concrete_fields if field.is_relation and not field.null]
    targets = {key.column: key.related_model._meta.db_table for key in keys if key.related_model is not None}
    for column, target in targets.items():
        if target == ROOT:
            return f"t.{column} = wanted"
    for column, target in targets.items():
        if target in ("engagements_engagement", "accounts_person"):
            return f"t.{column} = ANY ({ARRAYS[target]})"
    for column, target in targets.items():
        if target not in (USERS, table) and (of_target := condition(target)):
            key = by_table()[target]._meta.pk.column
            return f"t.{column} IN (SELECT t.{key} FROM {target} t WHERE {of_target})"
    return None


@cache
def by_table() -> dict[str, Model]:
    return {model._meta.db_table: model for model in ours()}


def tables() -> list[str]:
    """Return the tables that travel, what others hang on first."""
    found = [table for table in by_table() if table not in LEFT and condition(table)]
    return sorted(found, key=lambda table: (table != ROOT, table != USERS, table))


def unanswered() -> list[Unanswered]:
    """Return what nobody has answered for; an archive that left it out would lose it without a word."""
    found = [Unanswered(table) for table in by_table() if table not in LEFT and not condition(table)]
    for table in tables():
        for field in by_table()[table]._meta.concrete_fields:
            name = f"{table}.{field.column}"
            if isinstance(field, models.BinaryField) and name not in BYTES:
                found.append(Unanswered(name))
    return found


# --- the function ---------------------------------------------------------------------------------------------------


def function() -> str:
    """Return the body of `sec.practice_rows`: every row of a practice as (table, JSON), in one look at the database.

    It answers an administrator of the practice, while whoever runs the installation has accepted a receiver.
    """
    streams = "ARRAY['practice:' || wanted] || ARRAY(SELECT unnest(engagements)::text)"
    rows = "\n".join(f"  RETURN QUERY {_rows(table)};" for table in tables())
    return f"""
DECLARE engagements uuid[]; persons uuid[]; members uuid[]; users uuid[]; streams text[];
BEGIN
  IF wanted NOT IN (SELECT sec.administered_practices()) OR NOT EXISTS (
      SELECT FROM transfer_receiver r WHERE r.practice_id = wanted AND r.until > now()) THEN
    RETURN;
  END IF;
  engagements := ARRAY(SELECT t.id FROM engagements_engagement t WHERE t.practice_id = wanted);
  persons := ARRAY(SELECT t.id FROM accounts_person t WHERE t.practice_id = wanted);
  members := ARRAY(SELECT DISTINCT t.user_id FROM accounts_membership t WHERE t.practice_id = wanted);
  users := ARRAY({" UNION ".join(_users())});
  streams := {streams} || ARRAY(SELECT 'vault ' || m FROM unnest(members) m);
{rows}
END
"""


def _rows(table: str) -> str:
    pk = by_table()[table]._meta.pk.column
    asked = (condition(table) or "").replace("{objects}", " UNION ".join(_objects()))
    return (
        f"SELECT '{table}'::text, (to_jsonb(t){REPLACED.get(table, '')})::text FROM {table} t"
        f" WHERE {asked} ORDER BY t.{pk}"
    )


def _users() -> Iterator[str]:
    """Everybody to whom a row of the practice points."""
    yield "SELECT unnest(members)"
    for table in tables():
        asked = condition(table) or ""
        if "users" in asked or "{objects}" in asked or table == USERS:
            continue
        for field in by_table()[table]._meta.concrete_fields:
            if field.is_relation and field.related_model is not None and field.related_model._meta.db_table == USERS:
                yield f"SELECT t.{field.column} FROM {table} t WHERE t.{field.column} IS NOT NULL AND ({asked})"


def _objects() -> Iterator[str]:
    """Everything by whose id a message may say what it is about."""
    for table in tables():
        asked = condition(table) or ""
        pk = by_table()[table]._meta.pk
        if isinstance(pk, models.UUIDField) and "{objects}" not in asked and "users" not in asked:
            yield f"SELECT t.{pk.column} FROM {table} t WHERE {asked}"


def make_function(cursor: Any) -> None:
    """Make `sec.practice_rows` as the models have it now; take it away while there is no room for it."""
    from audit import rls

    made = rls.function(
        "practice_rows(wanted uuid)",
        "TABLE (name text, line text)",
        function(),
        language="plpgsql",
    )
    there = set(connection.introspection.table_names(cursor))
    complete = set(tables()) <= there and "transfer_receiver" in there
    cursor.execute(str(made.sql) if complete else "DROP FUNCTION IF EXISTS sec.practice_rows(uuid)")
