from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from accounts.actions import stream
from audit import trail
from audit.roles import Role
from formats import Unreadable
from transfer.archive.keys import TransferKey, own_key
from transfer.models import Receiver
from transfer.models.receiver import ACCEPTED_FOR


class Command(BaseCommand):
    help = "Says the transfer key of this installation; with --accept, lets a practice of this one move to another's."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--accept", metavar="KEY", help="the key of the installation that receives the practice")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["accept"]:
            self.accept(options["accept"])
            return
        try:
            key = own_key()
        except ImproperlyConfigured as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{key}\nIn words: {' '.join(key.words)}")

    def accept(self, text: str) -> None:
        """Let the practice whose administrator has named this key move there, for fourteen days."""
        if settings.DATABASE_ROLE != Role.OWNER:
            raise CommandError("Only the owner of the tables accepts a receiver: set DATABASE_ROLE=owner.")
        try:
            key = str(TransferKey.read(text))
        except Unreadable as error:
            raise CommandError(str(error)) from None
        now = timezone.now()
        with transaction.atomic():
            asked = list(Receiver.objects.filter(key=key).select_related("practice"))
            if not asked:
                raise CommandError("No practice has named this key. Its administrator does so on the page Moving away.")
            for receiver in asked:
                receiver.until = now + ACCEPTED_FOR
                receiver.save(update_fields=["until"])
                trail.record(stream(receiver.practice), "receiver.accepted", actor=None, obj=receiver)
                self.stdout.write(f"{receiver.practice.name} may move there until {receiver.until:%Y-%m-%d %H:%M %Z}.")
