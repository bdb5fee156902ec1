"""Whether Finnish and Swedish say everything that the code says in English."""

import ast
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import polib

from environment.place import ROOT

LANGUAGES = ("fi", "sv")
#: What the field calls otherwise: a word, and the term in its place.
OTHERWISE = {
    "fi": {r"istun(to|no)\w*": "tapaaminen", r"sessio\w*": "tapaaminen", r"asiakasorganisaatio\w*": "tilaaja"},
    "sv": {
        r"serviceproducent\w*": "tjänsteproducent",
        r"session(en|er|erna)?": "möte",
        r"träff(en|ar|arna)?": "möte",
        r"kund(en|er|erna)?": "beställare",
    },
}
#: By which names the code asks for a translation.
CALLS = {"_", "gettext", "ngettext", "pgettext", "gettext_lazy", "ngettext_lazy", "pgettext_lazy"}


def main() -> int:
    """Print each text that is missing, unsure or has other placeholders than its source; 1 when there is any."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        _copy_sources(copy)
        wanted = _extracted(copy)
        hidden = [line for path in sorted(copy.rglob("*.py")) for line in _hidden(path, copy)]
    complaints = hidden + [complaint for language in LANGUAGES for complaint in _complaints(language, wanted)]
    print("\n".join(complaints))
    return 1 if complaints else 0


def _copy_sources(copy: Path) -> None:
    """What belongs to the product, without its catalogues: then makemessages begins from nothing."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.py", "*.html", "*.txt", "*.md"]
    files = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    for name in files:
        if name.startswith(("tests/", "docs/", "requirements/")) or not (ROOT / name).is_file():
            continue
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, copy / name)
    (copy / "locale").mkdir()


def _extracted(copy: Path) -> polib.POFile:
    command = [sys.executable, "-m", "django", "makemessages", "--locale", "fi", "--extension", "html,txt,py,md"]
    done = subprocess.run(command, cwd=copy, capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(done.stdout + done.stderr)
    return polib.pofile(str(copy / "locale" / "fi" / "LC_MESSAGES" / "django.po"))


def _hidden(path: Path, copy: Path) -> list[str]:
    """Texts that would stay in one language: inside an f-string, which makemessages may overlook, and those that are
    filled in while a module is imported, when nobody's language is known.
    """
    found = []
    for node, at_import in _nodes(ast.parse(path.read_text()), at_import=True):
        if isinstance(node, ast.JoinedStr):
            found += [(node.lineno, "stands inside an f-string") for part in ast.walk(node) if _translates(part)]
        if at_import and isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod) and _translates(node.left):
            found.append((node.lineno, "is filled in when the module is imported"))
    return [f"{path.relative_to(copy)}:{line}: a text to be translated {what}" for line, what in found]


def _nodes(node: ast.AST, *, at_import: bool) -> Iterator[tuple[ast.AST, bool]]:
    for child in ast.iter_child_nodes(node):
        now = at_import and not isinstance(child, ast.FunctionDef | ast.Lambda)
        yield child, now
        yield from _nodes(child, at_import=now)


def _translates(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CALLS


def _complaints(language: str, wanted: polib.POFile) -> list[str]:
    file = ROOT / "locale" / language / "LC_MESSAGES" / "django.po"
    if not file.exists():
        return [f"{language}: {file.relative_to(ROOT)} is missing"]
    held = {(entry.msgctxt, entry.msgid): entry for entry in polib.pofile(str(file)) if not entry.obsolete}
    complaints = []
    for entry in wanted:
        translation = held.get((entry.msgctxt, entry.msgid))
        if translation is None or not translation.translated():
            places = ", ".join(f"{place}:{line}" for place, line in entry.occurrences[:2])
            complaints.append(
                f"{language}: {'missing' if translation is None else 'unsure or empty'}: {entry.msgid!r} ({places})"
            )
        elif entry.msgid_plural and len(translation.msgstr_plural) != 2:
            complaints.append(f"{language}: has no plural: {entry.msgid!r}")
    complaints += [complaint for entry in held.values() for complaint in _terms(language, entry)]
    checked = subprocess.run(["msgfmt", "--check-format", "-o", "/dev/null", str(file)], capture_output=True, text=True)
    return complaints + checked.stderr.splitlines() if checked.returncode else complaints


def _terms(language: str, entry: polib.POEntry) -> list[str]:
    """Name the words of a translation for which the field has another."""
    said = " ".join([entry.msgstr, *entry.msgstr_plural.values()])
    return [
        f"{language}: {found[0]!r} is {term!r} here: {entry.msgid[:60]!r}"
        for word, term in OTHERWISE[language].items()
        if (found := re.search(rf"\b{word}\b", said, re.IGNORECASE))
    ]


if __name__ == "__main__":
    sys.exit(main())
