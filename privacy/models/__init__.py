from privacy.models.incident import Incident, IncidentVersion
from privacy.models.request import DataContact, DataRequest, Kind, Outcome

__all__ = ["DataContact", "DataRequest", "Incident", "IncidentVersion", "Kind", "Outcome"]
