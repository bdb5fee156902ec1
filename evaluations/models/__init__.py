from evaluations.models.answers import Draft, Response, Used
from evaluations.models.changes import AgreedChange
from evaluations.models.questionnaire import Questionnaire, QuestionnaireKind, Version
from evaluations.models.round import Invitation, Link, Mode, Outcome, Round, RoundState

__all__ = [
    "AgreedChange",
    "Draft",
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
]
