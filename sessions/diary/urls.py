from django.urls import path

from sessions.diary import views

app_name = "diary"
urlpatterns = [
    path("diary/", views.diary, name="list"),
    path("diary/new/", views.new, name="new"),
    path("diary/download/<slug:shape>/", views.download, name="download"),
    path("diary/<uuid:pk>/", views.entry, name="entry"),
    path("diary/<uuid:pk>/save/", views.save, name="save"),
    path("diary/<uuid:pk>/delete/", views.delete, name="delete"),
]
