from django.urls import path

from reports.received import views

app_name = "received"
urlpatterns = [
    path("client/reports/", views.reports, name="list"),
    path("client/reports/<uuid:pk>/", views.report, name="report"),
    path("client/reports/<uuid:pk>/file/", views.file, name="file"),
]
