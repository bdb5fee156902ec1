from django.urls import path

from privacy.duties import views

app_name = "duties"
urlpatterns = [
    path("duties/", views.log, name="log"),
    path("duties/new/", views.new, name="new"),
    path("duties/<uuid:pk>/correct/", views.correct, name="correct"),
]
