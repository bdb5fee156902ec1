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
from engagements.models.sub_group import MOST_SUB_GROUPS, SubGroup, SubGroupMember
from engagements.models.terms import ContractTemplate, VatClass

__all__ = [
    "LEVELS",
    "MOST_SUB_GROUPS",
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
    "SubGroup",
    "SubGroupMember",
    "Theme",
    "Told",
    "VatClass",
    "WrongState",
]
