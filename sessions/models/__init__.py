from sessions.models.frame import SessionFrame
from sessions.models.series import Series, Shift
from sessions.models.session import Attendance, Booking, Session, SessionState, WrongSessionState

__all__ = [
    "Attendance",
    "Booking",
    "Series",
    "Session",
    "SessionFrame",
    "SessionState",
    "Shift",
    "WrongSessionState",
]
