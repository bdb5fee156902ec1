from sessions.models.agenda import AgendaItem
from sessions.models.board import BoardEntry
from sessions.models.busy import BusyCalendar, BusyTime, Fault
from sessions.models.coming import CannotCome
from sessions.models.diary import DiaryEntry
from sessions.models.fee import Fee
from sessions.models.feed import CalendarMail, Feed
from sessions.models.frame import SessionFrame
from sessions.models.memo import Memo, MemoAddition, MemoVersion
from sessions.models.note import Note, NoteTemplate, NoteVersion
from sessions.models.offer import Offer, OfferedTime, TimeAnswer
from sessions.models.phase import FacilitationTemplate, PhaseByHand
from sessions.models.progress import Progress
from sessions.models.series import Series, Shift
from sessions.models.session import Attendance, Booking, Session, SessionState, WrongSessionState
from sessions.models.sub_group import SessionSubGroup
from sessions.models.task import Task, TaskFor
from sessions.models.task_answer import AnswerComment, AnswerFile, AnswerFileContent, AnswerRead, TaskAnswer
from sessions.models.theme import ThemeProposal, ThemeSupport
from sessions.models.word import SessionWord, Word
from sessions.models.working_time import WorkingHours, WorkingTime

__all__ = [
    "AgendaItem",
    "AnswerComment",
    "AnswerFile",
    "AnswerFileContent",
    "AnswerRead",
    "Attendance",
    "BoardEntry",
    "Booking",
    "BusyCalendar",
    "BusyTime",
    "CalendarMail",
    "CannotCome",
    "DiaryEntry",
    "FacilitationTemplate",
    "Fault",
    "Fee",
    "Feed",
    "Memo",
    "MemoAddition",
    "MemoVersion",
    "Note",
    "NoteTemplate",
    "NoteVersion",
    "Offer",
    "OfferedTime",
    "PhaseByHand",
    "Progress",
    "Series",
    "Session",
    "SessionFrame",
    "SessionState",
    "SessionSubGroup",
    "SessionWord",
    "Shift",
    "Task",
    "TaskAnswer",
    "TaskFor",
    "ThemeProposal",
    "ThemeSupport",
    "TimeAnswer",
    "Word",
    "WorkingHours",
    "WorkingTime",
    "WrongSessionState",
]
