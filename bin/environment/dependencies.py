"""Whether what is installed is what was locked, under licences that may go with ours; and, asked for by name, whether
anything in it is known to be vulnerable.

    python -m environment.dependencies            licences, hashes, versions: without any network
    python -m environment.dependencies --known    asks https://osv.dev, which is told names and versions alone
"""

import json
import re
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from importlib import metadata
from typing import Final

from packaging.utils import canonicalize_name

from environment.locks import FOLDER, LOCKS, all_locked, locked

#: What may go with the EUPL-1.2: permissive licences, and those its appendix or the libraries' own exceptions allow.
ALLOWED: Final = re.compile(
    r"MIT|BSD|Apache|ISC|PSF|Python Software|MPL|Mozilla Public License 2|Zlib|zlib|Unlicense|0BSD|HPND|OFL|Open Font|"
    r"Public Domain|LGPL|Lesser General|CC0|PostgreSQL|Artistic|CNRI",
    re.IGNORECASE,
)
#: What says it elsewhere than in its metadata, looked up by hand: the licence.
BY_HAND: Final = {"pyrage": "MIT"}
ASK: Final = "https://api.osv.dev/v1/querybatch"
SECONDS: Final = 20


def main(arguments: list[str]) -> int:
    complaints = [*unlocked(), *unhashed(), *unlicensed()]
    if "--known" in arguments:
        complaints += known()
    print("\n".join(complaints))
    return 1 if complaints else 0


def unlocked() -> Iterator[str]:
    """Yield what is installed in another version than the one that was locked."""
    for name, versions in all_locked(LOCKS[-1]).items():
        try:
            there = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue  # for another system
        if there not in versions:
            yield f"{name} is installed in {there}, the lock says {' or '.join(versions)}: run bin/test once"


def unhashed() -> Iterator[str]:
    """Yield locked packages without a hash: what cannot be told from something else under its name."""
    for lock in LOCKS:
        text = re.sub(r"\\\n\s*", " ", (FOLDER / f"{lock}.lock").read_text())
        for line in text.splitlines():
            if "==" in line and not line.startswith((" ", "#")) and "--hash=sha256:" not in line:
                yield f"{lock}.lock has no hash for {line.split()[0]}"


def unlicensed() -> Iterator[str]:
    """Yield what production brings whose licence is not known, or may not go with ours."""
    for name in locked("prod"):
        try:
            about = metadata.metadata(name)
        except metadata.PackageNotFoundError:
            continue
        said = [
            next(iter(about.get_all("License-Expression") or ()), None),
            BY_HAND.get(name),
            *(about.get_all("Classifier") or []),
        ]
        licences = [
            each for each in said if each and (each == said[0] or each == said[1] or each.startswith("License"))
        ]
        licences = licences or [next(iter(about.get_all("License") or ()), "").strip()[:80]]
        if not any(ALLOWED.search(each) for each in licences):
            yield f"{name}: {', '.join(licences) or 'no licence is said'}. Look it up, and say it in BY_HAND."


def known() -> Iterator[str]:
    """Yield what osv.dev knows to be vulnerable of what production brings; says so when it cannot be asked."""
    names = list(locked("prod").items())
    body = {"queries": [{"package": {"name": n, "ecosystem": "PyPI"}, "version": v} for n, v in names]}
    request = urllib.request.Request(ASK, json.dumps(body).encode(), {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310 (https, and the address is ours)
            results = json.load(answer)["results"]
    except (urllib.error.URLError, TimeoutError, ValueError, KeyError) as error:
        yield f"osv.dev could not be asked: {error}"
        return
    for (name, version), result in zip(names, results, strict=True):
        for each in result.get("vulns", ()):
            yield f"{canonicalize_name(name)} {version}: {each['id']}, https://osv.dev/vulnerability/{each['id']}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
