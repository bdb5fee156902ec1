from django.urls import path

from sessions.feeds import views

app_name = "feeds"
urlpatterns = [
    path("calendar/feed/", views.own, name="own"),
    path("calendar/feed/revoke/", views.revoke, name="revoke"),
    path("calendar/feed/by-mail/", views.by_mail, name="by_mail"),
    path("calendar/feed/<str:token>.ics", views.feed, name="feed"),
]
