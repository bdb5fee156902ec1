from django.conf import settings
from django.urls import path

from notifications import views

app_name = "notifications"
urlpatterns = [
    path("messages/", views.own, name="own"),
    path("messages/reminders/<str:token>/", views.decline, name="decline"),
    path("messages/kinds/", views.every_kind, name="kinds"),
    path("messages/kinds/<slug:name>/", views.one_kind, name="kind"),
    path("messages/kinds/<slug:name>/html/", views.one_kind_html, name="kind_html"),
    path("practice/<uuid:pk>/messages/", views.defaults, name="defaults"),
]
if settings.MAILBOX:
    urlpatterns += [
        path("dev/mail/", views.mails, name="mails"),
        path("dev/mail/<slug:name>/", views.mail, name="mail"),
        path("dev/mail/<slug:name>/html/", views.mail_html, name="mail_html"),
    ]
