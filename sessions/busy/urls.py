from django.urls import path

from sessions.busy import views

app_name = "busy"
urlpatterns = [
    path("calendar/elsewhere/", views.own, name="own"),
    path("calendar/elsewhere/address/", views.add_address, name="add_address"),
    path("calendar/elsewhere/file/", views.add_file, name="add_file"),
    path("calendar/elsewhere/<uuid:pk>/file/", views.replace, name="replace"),
    path("calendar/elsewhere/<uuid:pk>/again/", views.again, name="again"),
    path("calendar/elsewhere/<uuid:pk>/remove/", views.remove, name="remove"),
]
