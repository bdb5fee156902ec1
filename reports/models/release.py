"""Handing over: the file on its way to the seal, who receives it, and who has acknowledged it."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Person, User
from reports.models.report import Report


class Handover(models.Model):
    """The rendered file of a report that leaves soon, for the worker to seal. It is gone when the report has left."""

    report = models.OneToOneField(Report, models.CASCADE, primary_key=True, related_name="handover")
    pdf = models.BinaryField()

    def __str__(self) -> str:
        return str(self.report_id)


class Recipient(models.Model):
    """Somebody of the client to whom the clause lets every section be told. The database says who, when it is handed
    over; nobody can be added.
    """

    report = models.ForeignKey(Report, models.CASCADE, related_name="recipients")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["report", "person"], name="recipient_once")]

    def __str__(self) -> str:
        return f"{self.report_id} {self.person_id}"


class Acknowledgement(models.Model):
    """A recipient says, by name, that they have read a report."""

    report = models.ForeignKey(Report, models.CASCADE, related_name="acknowledgements")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    user = models.ForeignKey(User, models.PROTECT, related_name="+")
    name = models.CharField(_("Name"), max_length=120)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["report", "person"], name="acknowledged_once"),
            models.CheckConstraint(condition=~models.Q(name=""), name="acknowledged_by_name"),
        ]

    def __str__(self) -> str:
        return f"{self.report_id} {self.name}"
