from privacy.models.duty import DutyReport
from privacy.models.hold import Hold, HoldQuerySet
from privacy.models.incident import Incident, IncidentVersion
from privacy.models.request import DataContact, DataRequest, Kind, Outcome
from privacy.models.run import Loose, Passage, RetentionRun

__all__ = [
    "DataContact",
    "DataRequest",
    "DutyReport",
    "Hold",
    "HoldQuerySet",
    "Incident",
    "IncidentVersion",
    "Kind",
    "Loose",
    "Outcome",
    "Passage",
    "RetentionRun",
]
