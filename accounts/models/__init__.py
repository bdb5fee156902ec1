from accounts.models.organisation import ClientOrganisation, Contact, Sector
from accounts.models.person import Person
from accounts.models.practice import Invitation, Membership, Practice, VatStanding
from accounts.models.user import Language, User

__all__ = [
    "ClientOrganisation",
    "Contact",
    "Invitation",
    "Language",
    "Membership",
    "Person",
    "Practice",
    "Sector",
    "User",
    "VatStanding",
]
