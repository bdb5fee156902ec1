from django.urls import path

from sessions import views_calendar

app_name = "calendar"
urlpatterns = [
    path("calendar/", views_calendar.calendar, name="calendar"),
    path("calendar/working-time/", views_calendar.working_time, name="working_time"),
    path("calendar/marks/", views_calendar.marks, name="marks"),
]
