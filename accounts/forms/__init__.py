from accounts.forms.login import (
    AuthenticateForm,
    ConfirmLoginCodeForm,
    ReauthenticateForm,
    RequestLoginCodeForm,
    SignupForm,
)
from accounts.forms.organisation import ContactForm, LeavingForm, OrganisationForm
from accounts.forms.person import PersonForm
from accounts.forms.practice import InvitationForm, PracticeForm
from accounts.forms.profile import ProfileForm

__all__ = [
    "AuthenticateForm",
    "ConfirmLoginCodeForm",
    "ContactForm",
    "InvitationForm",
    "LeavingForm",
    "OrganisationForm",
    "PersonForm",
    "PracticeForm",
    "ProfileForm",
    "ReauthenticateForm",
    "RequestLoginCodeForm",
    "SignupForm",
]
