from sessions.models.board import BoardEntry
from sessions.models.diary import DiaryEntry
from sessions.models.frame import SessionFrame
from sessions.models.progress import Progress
from sessions.models.series import Series, Shift
from sessions.models.session import Attendance, Booking, Session, SessionState, WrongSessionState
from sessions.models.task import Task, TaskFor
from sessions.models.task_answer import AnswerComment, AnswerFile, AnswerFileContent, AnswerRead, TaskAnswer
from sessions.models.working_time import WorkingHours, WorkingTime

__all__ = [
    "AnswerComment",
    "AnswerFile",
    "AnswerFileContent",
    "AnswerRead",
    "Attendance",
    "BoardEntry",
    "Booking",
    "DiaryEntry",
    "Progress",
    "Series",
    "Session",
    "SessionFrame",
    "SessionState",
    "Shift",
    "Task",
    "TaskAnswer",
    "TaskFor",
    "WorkingHours",
    "WorkingTime",
    "WrongSessionState",
]
