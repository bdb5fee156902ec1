from sessions.models.session import Attendance, Booking, Session, SessionState, WrongSessionState
from sessions.models.working_time import WorkingHours, WorkingTime

__all__ = [
    "Attendance",
    "Booking",
    "Session",
    "SessionState",
    "WorkingHours",
    "WorkingTime",
    "WrongSessionState",
]
