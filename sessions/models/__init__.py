from sessions.models.frame import SessionFrame
from sessions.models.session import Attendance, Booking, Session, SessionState, WrongSessionState

__all__ = ["Attendance", "Booking", "Session", "SessionFrame", "SessionState", "WrongSessionState"]
