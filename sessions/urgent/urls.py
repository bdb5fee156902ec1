from django.urls import path

from sessions.urgent import views

app_name = "urgent"
urlpatterns = [path("engagements/urgent/", views.begin, name="begin")]
