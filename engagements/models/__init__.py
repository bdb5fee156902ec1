from engagements.models.contract import Approval, Contract, ContractParty, ReportingClause, Told
from engagements.models.engagement import (
    NEXT,
    SUPERVISEES,
    Audience,
    CoSupervisor,
    Ending,
    Engagement,
    Event,
    Focus,
    Form,
    Participation,
    Process,
    State,
    WrongState,
)
from engagements.models.frame import EngagementFrame
from engagements.models.goal import Goal, LibraryGoal, Theme
from engagements.models.levels import LEVELS, GoalLevels
from engagements.models.signature import Proposal, Signature, SignatureRequest, SigningLink
from engagements.models.terms import ContractTemplate, VatClass

__all__ = [
    "LEVELS",
    "NEXT",
    "SUPERVISEES",
    "Approval",
    "Audience",
    "CoSupervisor",
    "Contract",
    "ContractParty",
    "ContractTemplate",
    "Ending",
    "Engagement",
    "EngagementFrame",
    "Event",
    "Focus",
    "Form",
    "Goal",
    "GoalLevels",
    "LibraryGoal",
    "Participation",
    "Process",
    "Proposal",
    "ReportingClause",
    "Signature",
    "SignatureRequest",
    "SigningLink",
    "State",
    "Theme",
    "Told",
    "VatClass",
    "WrongState",
]
