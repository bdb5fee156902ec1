from argparse import ArgumentParser
from typing import Any

from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email
from django.db import transaction

from accounts.models import User
from audit import trail


class Command(BaseCommand):
    help = "Makes somebody an administrator: the way to the first one. No password is set here or anywhere on a server."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", help="the address to which the code for the log-in is sent")
        parser.add_argument("--name", default="", help="how the product calls them")

    def handle(self, *args: Any, email: str, name: str, **options: Any) -> None:
        email = email.strip().lower()
        try:
            validate_email(email)
        except ValidationError as error:
            raise CommandError(f"{email} is not an e-mail address.") from error
        with transaction.atomic():
            user = User.objects.filter(email=email).first() or User.objects.create_user(email, full_name=name)
            if not user.is_active:
                raise CommandError(f"{email} is deactivated, and stays so.")
            EmailAddress.objects.get_or_create(user=user, email=email, defaults={"primary": True})
            User.objects.filter(pk=user.pk).update(is_staff=True, is_superuser=True)
            trail.record("accounts", "administrator_made", actor=None, obj=user)
        self.stdout.write(
            f"{email} is an administrator. They log in with a code sent there, and add a second step first."
        )
