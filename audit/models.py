from django.db import models


class Entry(models.Model):
    """One thing that was done or read. Appended, never changed: triggers refuse the owner too.

    `stream` is what the chain is for: an engagement's id, a practice's id, or "accounts". Number, time, previous hash
    and hash are set by the database. Only ids stand here, so that erasing a person leaves nothing of theirs behind.
    """

    id = models.BigAutoField(primary_key=True)
    stream = models.CharField(max_length=64)
    number = models.BigIntegerField(default=0)
    at = models.DateTimeField(null=True)
    actor = models.UUIDField(null=True)
    event = models.CharField(max_length=64)
    obj = models.UUIDField(null=True)
    data = models.JSONField(default=dict)
    previous = models.BinaryField(default=b"")
    hash = models.BinaryField(default=b"")

    class Meta:
        verbose_name_plural = "entries"
        constraints = [models.UniqueConstraint(fields=["stream", "number"], name="entry_number_once_a_stream")]
        indexes = [models.Index(fields=["obj"], name="entry_by_object")]

    def __str__(self) -> str:
        return f"{self.stream} {self.number} {self.event}"


class Head(models.Model):
    """The last number and hash of a stream; kept by the trigger that chains the entries."""

    stream = models.CharField(max_length=64, primary_key=True)
    number = models.BigIntegerField(default=0)
    hash = models.BinaryField(default=b"")

    def __str__(self) -> str:
        return f"{self.stream} {self.number}"
