from privacy.models.duty import DutyReport
from privacy.models.incident import Incident, IncidentVersion
from privacy.models.request import DataContact, DataRequest, Kind, Outcome

__all__ = ["DataContact", "DataRequest", "DutyReport", "Incident", "IncidentVersion", "Kind", "Outcome"]
