from evaluations.models.answers import Draft, Response, Used
from evaluations.models.changes import AgreedChange
from evaluations.models.crowd import Crowd, CrowdKind, Entered
from evaluations.models.questionnaire import Questionnaire, QuestionnaireKind, Version
from evaluations.models.round import Invitation, Link, Mode, Outcome, Round, RoundState
from evaluations.models.totals import YearTotals

__all__ = [
    "AgreedChange",
    "Crowd",
    "CrowdKind",
    "Draft",
    "Entered",
    "Invitation",
    "Link",
    "Mode",
    "Outcome",
    "Questionnaire",
    "QuestionnaireKind",
    "Response",
    "Round",
    "RoundState",
    "Used",
    "Version",
    "YearTotals",
]
