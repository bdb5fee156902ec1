from sessions.models.session import Attendance, Booking, Session, SessionState, WrongSessionState

__all__ = ["Attendance", "Booking", "Session", "SessionState", "WrongSessionState"]
