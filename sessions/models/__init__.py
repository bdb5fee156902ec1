from sessions.models.session import Attendance, Booking, Session, SessionState

__all__ = ["Attendance", "Booking", "Session", "SessionState"]
