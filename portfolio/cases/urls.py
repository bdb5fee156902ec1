from django.urls import path

from portfolio.cases import views

app_name = "cases"
urlpatterns = [
    path("portfolio/cases/", views.listed, name="list"),
    path("portfolio/cases/new/", views.new, name="new"),
    path("portfolio/cases/<uuid:pk>/", views.case, name="case"),
    path("portfolio/cases/<uuid:pk>/delete/", views.delete, name="delete"),
]
