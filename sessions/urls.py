from django.urls import path

from sessions import views
from sessions.series import views as series

app_name = "sessions"
urlpatterns = [
    path("engagements/<uuid:pk>/sessions/", views.of_engagement, name="list"),
    path("engagements/<uuid:pk>/sessions/new/", views.book, name="book"),
    path("engagements/<uuid:pk>/sessions/series/", series.series, name="series"),
    path("engagements/<uuid:pk>/sessions/series/dates/", series.dates, name="series_dates"),
    path("sessions/new/", views.book_any, name="book_any"),
    path("sessions/<uuid:pk>/", views.detail, name="detail"),
    path("sessions/<uuid:pk>/move/", views.move, name="move"),
    path("sessions/<uuid:pk>/place/", views.place, name="place"),
    path("sessions/<uuid:pk>/cancel/", views.cancel, name="cancel"),
    path("sessions/<uuid:pk>/move/several/", series.move_several, name="move_several"),
    path("sessions/<uuid:pk>/place/several/", series.place_several, name="place_several"),
    path("sessions/<uuid:pk>/cancel/several/", series.cancel_several, name="cancel_several"),
    path("sessions/<uuid:pk>/held/", views.held, name="held"),
    path("sessions/<uuid:pk>/no-show/", views.no_show, name="no_show"),
    path("sessions/<uuid:pk>/undo/", views.undo, name="undo"),
]
