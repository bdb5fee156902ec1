from django.urls import path

from engagements.views import persons

app_name = "people"
urlpatterns = [
    path("people/", persons.people, name="list"),
    path("people/<uuid:pk>/", persons.person, name="person"),
    path("people/<uuid:pk>/edit/", persons.edit, name="edit"),
]
