from typing import Any

import psycopg
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from audit.roles import statements, told


class Command(BaseCommand):
    help = "Makes the database roles and the database, or prints the SQL for a database administrator."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--print", action="store_true", dest="only_print", help="print the SQL and change nothing")

    def handle(self, *args: Any, only_print: bool, **options: Any) -> None:
        sql = statements(settings.DATABASE_ROLE_NAMES.prefix, settings.DATABASE_URL)
        if only_print:
            self.stdout.write("\n".join(statement.as_string() + ";" for statement in sql))
            return
        address = told("DATABASE_URL_SUPERUSER") or settings.DATABASE_URL
        try:
            with psycopg.connect(address, autocommit=True) as connection:
                for statement in sql:
                    try:
                        connection.execute(statement)
                    except psycopg.errors.DuplicateDatabase:
                        continue
        except psycopg.Error as error:
            raise CommandError(
                f"The roles could not be made ({error.diag.message_primary or error}). Give a database administrator "
                "the SQL of `bin/manage roles --print`, or set DATABASE_URL_SUPERUSER."
            ) from error
        self.stdout.write("Database roles are in place.")
