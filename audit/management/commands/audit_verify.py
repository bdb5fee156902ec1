import json
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from audit.trail import breaks


class Command(BaseCommand):
    help = "Checks every audit chain, in itself and against the heads written down each day."

    def handle(self, *args: Any, **options: Any) -> None:
        found = breaks()
        for path in sorted((settings.STATE / "audit").glob("heads-*.json")):
            anchors = {stream: (number, digest) for stream, (number, digest) in json.loads(path.read_text()).items()}
            found += [each for each in breaks(anchors) if each not in found]
        if found:
            raise CommandError("\n".join(f"{each.stream} {each.number}: {each.why}" for each in found))
        self.stdout.write("Every chain holds.")
