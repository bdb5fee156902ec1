from django.urls import path

from reports.received import views

app_name = "received"
urlpatterns = [
    path("client/reports/", views.reports, name="list"),
    path("client/reports/<uuid:pk>/", views.report, name="report"),
    path("client/reports/<uuid:pk>/pdf/", views.file, name="file"),
    path("client/not-shown/", views.not_shown, name="not_shown"),
    path("client/processes/<uuid:pk>/meeting/", views.meeting, name="meeting"),
    path("client/<uuid:organisation>/years/<int:year>/", views.year, name="year"),
    path("client/<uuid:organisation>/years/<int:year>/pdf/", views.year_file, name="year_file"),
]
