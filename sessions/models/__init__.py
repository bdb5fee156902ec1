from sessions.models.frame import SessionFrame
from sessions.models.note import Note, NoteTemplate, NoteVersion
from sessions.models.series import Series, Shift
from sessions.models.session import Attendance, Booking, Session, SessionState, WrongSessionState
from sessions.models.working_time import WorkingHours, WorkingTime

__all__ = [
    "Attendance",
    "Booking",
    "Note",
    "NoteTemplate",
    "NoteVersion",
    "Series",
    "Session",
    "SessionFrame",
    "SessionState",
    "Shift",
    "WorkingHours",
    "WorkingTime",
    "WrongSessionState",
]
