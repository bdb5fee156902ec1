from django.urls import path

from privacy.visibility import views

urlpatterns = [
    path("visibility/", views.visibility, name="visibility"),
]
