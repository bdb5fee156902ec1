from django.urls import path

from law import views

app_name = "law"
urlpatterns = [
    path("law/", views.register, name="register"),
    path("law/duties/", views.aids, name="aids"),
    path("law/duties/<slug:key>/", views.aid, name="aid"),
    path("law/<slug:key>/", views.entry, name="entry"),
]
