"""Brings in a practice that was kept in a spreadsheet."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import IntegrityError
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.models import Practice, User
from audit.asking import acting_as
from formats import Unreadable
from formats.identifiers import read_business_id
from sessions.importing.loading import import_book
from sessions.importing.report import report
from sessions.importing.sheets import BrokenFile, open_book


class Command(BaseCommand):
    help = "Import processes, supervisees and sessions from an .xlsx workbook or a .csv list."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="the .xlsx or .csv file")
        parser.add_argument("--supervisor", required=True, metavar="EMAIL", help="whose practice it is")
        parser.add_argument("--practice", metavar="BUSINESS_ID", help="which, when the supervisor works in several")
        parser.add_argument("--dry-run", action="store_true", help="say what would be imported and write nothing")
        parser.add_argument("--skip-errors", action="store_true", help="leave out rows in error and import the rest")

    def handle(self, *args: Any, **options: Any) -> None:
        supervisor = User.objects.filter(email__iexact=options["supervisor"].strip(), is_active=True).first()
        with translation.override(supervisor.language if supervisor else "fi"):
            if supervisor is None:
                raise CommandError(_("There is no active account with the address %s.") % options["supervisor"])
            practice = _practice(supervisor, options["practice"])
            try:
                outcome = import_book(
                    open_book(options["file"]),
                    supervisor=supervisor,
                    practice=practice,
                    now=timezone.now(),
                    skip_errors=options["skip_errors"],
                    dry_run=options["dry_run"],
                )
            except BrokenFile as error:
                raise CommandError(str(error)) from None
            except IntegrityError:
                raise CommandError(
                    _("Somebody changed the same things meanwhile. Nothing was imported; try again.")
                ) from None
            self.stdout.write(report(outcome))
            self.stdout.write("")
            if outcome.plan.has_errors and not options["skip_errors"]:
                raise CommandError(
                    _("Nothing was imported. Correct the errors, or leave their rows out with --skip-errors.")
                )
            self.stdout.write(_("Imported.") if outcome.written else _("A dry run: nothing was written."))


def _practice(supervisor: User, business_id: str | None) -> Practice:
    """Return the practice to import into. Raises CommandError when it is not one the user supervises in."""
    with acting_as(supervisor):
        practices = Practice.objects.supervised_by(supervisor)
        if business_id:
            try:
                practices = practices.filter(business_id=read_business_id(business_id))
            except Unreadable as error:
                raise CommandError(str(error)) from None
        found = list(practices[:2])
    if not found:
        raise CommandError(_("%s is not a supervisor in such a practice.") % supervisor.email)
    if len(found) > 1:
        raise CommandError(_("%s works in several practices: say which by --practice.") % supervisor.email)
    return found[0]
