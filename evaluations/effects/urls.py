from django.urls import path

from evaluations.effects import views

app_name = "effects"
urlpatterns = [
    path("effects/", views.own, name="own"),
    path("effects/csv/", views.own_csv, name="csv"),
    path("effects/practice/<uuid:pk>/", views.practice, name="practice"),
    path("effects/practice/<uuid:pk>/csv/", views.practice_csv, name="practice_csv"),
    path("client/<uuid:organisation>/totals/", views.totals, name="totals"),
    path("client/<uuid:organisation>/totals/tell/", views.totals_tell, name="totals_tell"),
    path("client/<uuid:organisation>/totals/<int:year>/", views.totals_year, name="totals_year"),
]
