"""Where closing a session meets what others keep: the private note and the tasks.

Each is the one function that the form calls; while it is None, the form does not ask for it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from accounts.models import User
from sessions.models import Session


@dataclass(frozen=True)
class NewTask:
    """A task as it is given in passing. `to` is a participation, None is everybody; without `due_on` it is for the
    next session."""

    text: str
    to: UUID | None
    due_on: date | None


#: (session, text, by, now): keep a private note. Raises ValidationError, also where there is no vault to keep it in.
write_note: Callable[[Session, str, User, datetime], object] | None = None
#: (session, tasks, by, now): give the tasks. Raises ValidationError.
give_tasks: Callable[[Session, Sequence[NewTask], User, datetime], object] | None = None
