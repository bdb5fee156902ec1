#!/usr/bin/env python3
import os
import sys

#: Commands that change the schema or need every row connect as the owner, all others as the application.
OWNER_COMMANDS = {
    "migrate", "makemigrations", "roles", "dbshell", "audit_verify", "showmigrations", "sqlmigrate",
    "content_keys", "replay_erasures",
}  # fmt: skip


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tyonohjaus.settings")
    role = "owner" if OWNER_COMMANDS & set(sys.argv[1:2]) else "app"
    os.environ.setdefault("DATABASE_ROLE", role)
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
