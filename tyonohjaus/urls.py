from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from accounts.views.profile import sign_out
from tyonohjaus import demo, practice, search, system, views

urlpatterns = [
    path("", views.home, name="home"),
    path("role/", views.switch_role, name="switch_role"),
    path("today/", views.today, name="today"),
    path("today/first-steps/dismiss/", views.first_steps_dismiss, name="first_steps_dismiss"),
    path("example/", views.example_make, name="example_make"),
    path("example/remove/", views.example_remove, name="example_remove"),
    path("own/", views.portal, name="portal"),
    path("client/", views.client_home, name="client_home"),
    path("overview/", practice.practice_home, name="practice_home"),
    path("overview/supervisors/", practice.supervisors, name="practice_supervisors"),
    path("search/", search.search, name="search"),
    path("", include("evaluations.rounds.urls")),
    path("", include("reports.writing.urls")),
    path("", include("reports.together.urls")),
    path("", include("reports.received.urls")),
    path("", include("evaluations.answering.urls")),
    path("", include("billing.urls")),
    path("", include("evaluations.results.urls")),
    path("", include("sessions.urls")),
    path("", include("sessions.urls_calendar")),
    path("", include("sessions.tasks.urls")),
    path("", include("sessions.unlocking.urls")),
    path("", include("sessions.progress.urls")),
    path("", include("sessions.diary.urls")),
    path("", include("sessions.board.urls")),
    path("", include("sessions.reading.urls")),
    path("", include("sessions.notes.urls")),
    path("", include("evaluations.effects.urls")),
    path("", include("engagements.urls")),
    path("", include("engagements.urls_people")),
    path("", include("engagements.signing.urls")),
    path("", include("evaluations.questionnaires.urls")),
    path("", include("notifications.urls")),
    path("", include("documents.urls")),
    path("", include("accounts.urls")),
    path("language/", system.set_language, name="set_language"),
    path("theme/", system.set_theme, name="set_theme"),
    path("keys/", system.set_keys, name="set_keys"),
    path("account/logout/", sign_out, name="account_logout"),
    # Not `allauth.urls`: of its pages for accounts elsewhere none is ours, but for the two in accounts.urls.
    path("account/", include("allauth.account.urls")),
    path("account/2fa/", include("allauth.mfa.urls")),
    path("account/sessions/", include("allauth.usersessions.urls")),
    *demo.routes(),
    path(f"{settings.ADMIN_PATH}/", admin.site.urls),
]
