from engagements.actions.amending import amend, bounds_of_beginning, drop_amendment
from engagements.actions.growing import grow
from engagements.actions.levels import describe_levels
from engagements.actions.opening import apply_template, copy_engagement, discard, fitting_template, open_engagement
from engagements.actions.parties import (
    PartyLine,
    add_co_supervisor,
    contact_of,
    end_co_supervisor,
    set_co_supervisors,
    set_parties,
)
from engagements.actions.people import join, known_persons, leave, person_of, set_people
from engagements.actions.scans import add_scans, withdraw_scan
from engagements.actions.states import agree, close, offer, pause, resume, withdraw_offer
from engagements.actions.sub_groups import change_sub_group, end_sub_group, has_sub_groups, make_sub_group

__all__ = [
    "PartyLine",
    "add_co_supervisor",
    "add_scans",
    "agree",
    "amend",
    "apply_template",
    "bounds_of_beginning",
    "change_sub_group",
    "close",
    "contact_of",
    "copy_engagement",
    "describe_levels",
    "discard",
    "drop_amendment",
    "end_co_supervisor",
    "end_sub_group",
    "fitting_template",
    "grow",
    "has_sub_groups",
    "join",
    "known_persons",
    "leave",
    "make_sub_group",
    "offer",
    "open_engagement",
    "pause",
    "person_of",
    "resume",
    "set_co_supervisors",
    "set_parties",
    "set_people",
    "withdraw_offer",
    "withdraw_scan",
]
