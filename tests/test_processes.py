"""What each process must be told, and no more: settings read in processes of their own, as production starts them."""

import os
import subprocess
import sys

from tests.conftest import ROOT

COMMON = {"SECRET_KEY": "s" * 60, "REDIS_URL": "redis://valkey/0", "SITE_URL": "https://tyonohjaus.example"}
WEB = {
    "DATABASE_ROLE": "app",
    "DATABASE_URL_APP": "postgresql://tyonohjaus_app:a@postgres/tyonohjaus",
    "DATABASE_URL_ADMIN": "postgresql://tyonohjaus_admin:b@postgres/tyonohjaus",
    "FACTOR_KEY": "f" * 60,
    "VAULT_PEPPER": "p" * 60,
    "CONTENT_KEY": "c" * 60,
    "CALENDAR_KEY": "k" * 60,
}
WORKER = {"DATABASE_ROLE": "worker", "DATABASE_URL_WORKER": "postgresql://tyonohjaus_worker:c@postgres/tyonohjaus"}
ASK = "from django.conf import settings; print(sorted((k, v['USER']) for k, v in settings.DATABASES.items()))"


def started(environment: dict[str, str], program: str = ASK) -> subprocess.CompletedProcess[str]:
    clean = {"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "tyonohjaus.settings"}
    return subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=clean | environment, capture_output=True, text=True, timeout=60
    )


def test_web_knows_neither_the_owner_nor_the_worker() -> None:
    assert started(COMMON | WEB).stdout == "[('admin', 'tyonohjaus_admin'), ('default', 'tyonohjaus_app')]\n"


def test_the_worker_knows_only_itself() -> None:
    assert started(COMMON | WORKER).stdout == "[('default', 'tyonohjaus_worker')]\n"


def test_the_worker_opens_nothing_that_is_sealed() -> None:
    program = "import django; django.setup(); from accounts.sealing import seal; seal(b'x', 'session')"
    done = started(COMMON | WORKER | {"FACTOR_KEY": "f" * 60}, program)
    assert "This process has no FACTOR_KEY" in done.stderr


def test_web_does_not_take_the_key_of_the_seal_though_it_were_told() -> None:
    program = "from django.conf import settings; print(bool(settings.SEAL_KEY))"
    told = {"SEAL_KEY": "told by mistake"}
    assert started(COMMON | WEB | told, program).stdout == "False\n"
    assert started(COMMON | WORKER | told, program).stdout == "True\n"


def test_a_worker_starts_with_a_seal_and_beat_without() -> None:
    program = "import tyonohjaus.celery, django; django.setup(); tyonohjaus.celery.nobody_works_without_a_seal()"
    assert "SEAL_KEY and SEAL_CERTIFICATE are missing" in started(COMMON | WORKER, program).stderr
    assert started(COMMON | WORKER).returncode == 0


def test_whatever_web_lacks_stops_it_with_its_name() -> None:
    whole = COMMON | WEB
    for name in (
        "SECRET_KEY",
        "FACTOR_KEY",
        "VAULT_PEPPER",
        "CONTENT_KEY",
        "CALENDAR_KEY",
        "REDIS_URL",
        "SITE_URL",
        "DATABASE_URL_APP",
        "DATABASE_URL_ADMIN",
    ):
        done = started({key: value for key, value in whole.items() if key != name})
        assert done.returncode != 0
        assert name in done.stderr.splitlines()[-1]


def test_a_password_of_the_mail_server_is_asked_for_only_with_a_user() -> None:
    mail = {"EMAIL_HOST": "smtp.example", "EMAIL_HOST_PASSWORD_FILE": "/dev/null"}
    assert started(COMMON | WORKER | mail).returncode == 0
    assert "EMAIL_HOST_PASSWORD is missing" in started(COMMON | WORKER | mail | {"EMAIL_HOST_USER": "us"}).stderr
