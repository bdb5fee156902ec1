from django.urls import path

from sessions.reading import views

app_name = "reads"
urlpatterns = [path("engagements/<uuid:pk>/reads/", views.reads, name="reads")]
