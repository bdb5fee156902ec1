from django.urls import path

from accounts.views import invitation, openid, organisation, practice, profile

app_name = "accounts"
urlpatterns = [
    path("practice/", practice.practice, name="practice"),
    path("practice/new/", practice.practice_new, name="practice_new"),
    path("practice/<uuid:pk>/edit/", practice.practice_edit, name="practice_edit"),
    path("practice/<uuid:pk>/invite/", practice.invite, name="invite"),
    path("practice/invitations/<uuid:pk>/resend/", practice.invitation_resend, name="invitation_resend"),
    path("practice/invitations/<uuid:pk>/revoke/", practice.invitation_revoke, name="invitation_revoke"),
    path("practice/members/<uuid:pk>/end/", practice.membership_end, name="membership_end"),
    path("invitation/<str:token>/", invitation.invitation, name="invitation"),
    path("organisations/", organisation.organisations, name="organisations"),
    path("organisations/new/", organisation.organisation_new, name="organisation_new"),
    path("organisations/<uuid:pk>/", organisation.organisation, name="organisation"),
    path("organisations/<uuid:pk>/edit/", organisation.organisation_edit, name="organisation_edit"),
    path("organisations/<uuid:pk>/archive/", organisation.organisation_archive, name="organisation_archive"),
    path("organisations/<uuid:pk>/contacts/new/", organisation.contact_new, name="contact_new"),
    path("contacts/<uuid:pk>/", organisation.contact_edit, name="contact_edit"),
    path("contacts/<uuid:pk>/left/", organisation.contact_left, name="contact_left"),
    path("account/openid/<slug:provider_id>/", openid.log_in, name="openid_log_in"),
    path("account/openid/<slug:provider_id>/back/", openid.back, name="openid_back"),
    path("profile/", profile.profile, name="profile"),
    path("profile/token/", profile.token, name="token"),
]
