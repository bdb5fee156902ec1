"""People, practices, clients, accounts; of Django and allauth what stands beside them."""

from privacy.policy.kinds import (
    ACCOUNT,
    ADMIN_LOG,
    CODE,
    CONFIGURATION,
    CONTACT,
    DOER,
    INVITED,
    LOG_IN,
    PERSON,
    PRACTICE,
)

KEPT = {
    "accounts.User": {"email full_name password": ACCOUNT},
    "accounts.Practice": {"name business_id street postcode city iban email phone": PRACTICE},
    "accounts.Membership": {"user": ACCOUNT},
    "accounts.Invitation": {"email token_hash language": INVITED, "invited_by": DOER},
    "accounts.Person": {"user given_name family_name email sort_key": PERSON, "example_of": DOER},
    "accounts.ClientOrganisation": {
        "name business_id street city postcode invoicing_address einvoice_address einvoice_operator"
        " invoicing_reference framework_reference stated_aims sort_key": PRACTICE,
        "example_of": DOER,
    },
    "accounts.Contact": {"person title phone": CONTACT},
    "account.EmailAddress": {"user email": ACCOUNT},
    "account.EmailConfirmation": {"key": ACCOUNT},
    "mfa.Authenticator": {"user data type": ACCOUNT},
    "socialaccount.SocialAccount": {"user uid extra_data provider": ACCOUNT},
    "socialaccount.SocialToken": {"token token_secret": ACCOUNT},
    "socialaccount.SocialApp": {"provider provider_id name client_id secret key settings": CONFIGURATION},
    "sessions.Session": {"session_key session_data": LOG_IN},
    "usersessions.UserSession": {"user ip session_key user_agent data": LOG_IN},
    "admin.LogEntry": {"user object_id object_repr change_message": ADMIN_LOG},
    "auth.Permission": {"name codename": CODE},
    "auth.Group": {"name": CONFIGURATION},
    "contenttypes.ContentType": {"app_label model": CODE},
}
