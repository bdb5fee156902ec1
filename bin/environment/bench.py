"""bin/bench: what performance is promised, measured beside its limit in one run, on servers of its own."""

from environment import packages, prepare, system
from environment.place import ROOT, VAR, Refusal, say
from environment.processes import in_foreground
from environment.servers import Servers

#: In the order in which they run; each is a module of bin/benchmarks/.
NAMES = ("start", "pages", "pdfs", "outbox", "vault", "growth")
#: Keys that open nothing but what is made here to be measured.
SECRETS = ("SECRET_KEY", "FACTOR_KEY", "VAULT_PEPPER", "CONTENT_KEY", "CALENDAR_KEY")


def bench(arguments: list[str]) -> int:
    """Measure all, or the NAMEs given; --json prints objects instead of lines.

    Returns 1 when a figure falls short of its goal. The data (`demo --scale large`) stays for the next time.
    """
    wanted = [each for each in arguments if each != "--json"]
    if unknown := [each for each in wanted if each not in NAMES]:
        raise Refusal(f"bin/bench knows {', '.join(NAMES)}, not {unknown[0]}.")
    system.ensure({})
    packages.ensure("test")
    servers = Servers("bench", durable=True)
    try:
        servers.start(tied=True)
        environment = packages.environment() | servers.environment() | _settings()
        prepare.assets(environment)
        prepare.tables(servers, environment)
        say("Making what is measured on, if it is not there yet …")
        prepare.manage(["demo", "--scale", "large", "--if-empty"], environment)
        prepare.manage(["collectstatic", "--noinput", "--verbosity", "0"], environment)
        environment |= {"PYTHONPATH": f"{ROOT}:{ROOT / 'bin'}", "DJANGO_SETTINGS_MODULE": "benchmarks.settings"}
        command = [str(packages.PYTHON), "-m", "benchmarks", *(wanted or NAMES)]
        return in_foreground(command + (["--json"] if "--json" in arguments else []), environment, ROOT)
    finally:
        servers.stop()


def _settings() -> dict[str, str]:
    """As in production, behind a proxy that says https."""
    return {name: f"only-for-bench-{name.lower()}-0123456789-abcdefghijklmnopqrstuvwxyz" for name in SECRETS} | {
        "DEBUG": "0",
        "DEMONSTRATION": "0",
        "SITE_URL": "https://localhost",
        "ALLOWED_HOSTS": "localhost",
        "TRUSTED_PROXY_COUNT": "1",
        "EMAIL_HOST": "127.0.0.1",
        "TYONOHJAUS_BENCH": str(VAR / "bench"),
    }
