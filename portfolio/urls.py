from django.urls import path

from portfolio import views

app_name = "portfolio"
urlpatterns = [
    path("portfolio/", views.overview, name="overview"),
    path("portfolio/ethics/", views.ethical, name="ethics"),
    path("portfolio/ethics/<slug:version>/commit/", views.commit, name="commit"),
    path("portfolio/log/", views.log, name="log"),
    path("portfolio/log/csv/", views.log_csv, name="log_csv"),
    path("portfolio/hours/", views.hours, name="hours"),
    path("portfolio/hours/csv/", views.hours_csv, name="hours_csv"),
    path("portfolio/reminder/", views.reminder, name="reminder"),
    path("portfolio/summary/", views.summary, name="summary"),
    path("portfolio/summary/<slug:language>/pdf/", views.summary_pdf, name="summary_pdf"),
    path("portfolio/files/<uuid:pk>/", views.file, name="file"),
    path("portfolio/files/<uuid:pk>/remove/", views.file_remove, name="file_remove"),
    path("portfolio/<slug:sort>/new/", views.add, name="add"),
    path("portfolio/<slug:sort>/<uuid:pk>/", views.change, name="change"),
    path("portfolio/<slug:sort>/<uuid:pk>/remove/", views.remove, name="remove"),
]
