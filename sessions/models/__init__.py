from sessions.models.agenda import AgendaItem
from sessions.models.fee import Fee
from sessions.models.frame import SessionFrame
from sessions.models.memo import Memo, MemoAddition, MemoVersion
from sessions.models.series import Series, Shift
from sessions.models.session import Attendance, Booking, Session, SessionState, WrongSessionState
from sessions.models.word import SessionWord, Word
from sessions.models.working_time import WorkingHours, WorkingTime

__all__ = [
    "AgendaItem",
    "Attendance",
    "Booking",
    "Fee",
    "Memo",
    "MemoAddition",
    "MemoVersion",
    "Series",
    "Session",
    "SessionFrame",
    "SessionState",
    "SessionWord",
    "Shift",
    "Word",
    "WorkingHours",
    "WorkingTime",
    "WrongSessionState",
]
