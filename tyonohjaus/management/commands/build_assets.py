"""`manage build_assets`: what is made rather than written, before the first start and whenever its sources change."""

import hashlib
from pathlib import Path
from typing import Any

import fontpkg_inter
import polib
from django.conf import settings
from django.core.management.base import BaseCommand

from tyonohjaus import fonts


def _fingerprint() -> str:
    """Name the sources of the fonts by content of our recipe and by size of Inter, so that an upgrade builds anew."""
    digest = hashlib.sha256(Path(fonts.__file__).read_bytes())
    for file in sorted((Path(fontpkg_inter.__file__).parent / "files").iterdir()):
        digest.update(f"{file.name} {file.stat().st_size}".encode())
    return digest.hexdigest()


def build_fonts(var: Path) -> bool:
    """Write `assets/fonts/inter.woff2` and `fonts/*.ttf` under `var`; return False when they already stand there."""
    stamp, fingerprint = var / "fonts" / ".stamp", _fingerprint()
    if stamp.exists() and stamp.read_text() == fingerprint:
        return False
    screen = var / "assets" / "fonts"
    screen.mkdir(parents=True, exist_ok=True)
    stamp.parent.mkdir(parents=True, exist_ok=True)
    fonts.write_screen_font(screen / "inter.woff2")
    fonts.write_paper_fonts(stamp.parent)
    stamp.write_text(fingerprint)
    return True


def compile_catalogues(folder: Path) -> list[Path]:
    """Compile each `*.po` under `folder` that is newer than its `.mo`; return those compiled. Needs no msgfmt."""
    compiled = []
    for source in sorted(folder.glob("*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime_ns >= source.stat().st_mtime_ns:
            continue
        # Another process may be reading the old catalogue: replace it in one step.
        draft = target.with_suffix(".mo.new")
        polib.pofile(str(source)).save_as_mofile(str(draft))
        draft.replace(target)
        compiled.append(target)
    return compiled


class Command(BaseCommand):
    help = "Build the fonts and compile the translations; does nothing when all is fresh."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        if build_fonts(settings.VAR):
            self.stdout.write("Fonts built.")
        for folder in settings.LOCALE_PATHS:
            for catalogue in compile_catalogues(Path(folder)):
                self.stdout.write(f"Compiled {catalogue}.")
