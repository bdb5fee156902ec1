from django.conf import settings
from django.urls import path

from notifications import views

app_name = "notifications"
urlpatterns = [
    path("messages/reminders/<str:token>/", views.decline, name="decline"),
]
if settings.MAILBOX:
    urlpatterns += [
        path("dev/mail/", views.mails, name="mails"),
        path("dev/mail/<slug:name>/", views.mail, name="mail"),
        path("dev/mail/<slug:name>/html/", views.mail_html, name="mail_html"),
    ]
