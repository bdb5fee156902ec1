from django.urls import path

from privacy.incidents import views

app_name = "incidents"
urlpatterns = [
    path("practice/<uuid:pk>/incidents/", views.log, name="log"),
    path("practice/<uuid:pk>/incidents/new/", views.new, name="new"),
    path("incidents/<uuid:pk>/", views.incident, name="incident"),
    path("incidents/<uuid:pk>/edit/", views.edit, name="edit"),
    path("incidents/<uuid:pk>/pdf/", views.pdf, name="pdf"),
]
