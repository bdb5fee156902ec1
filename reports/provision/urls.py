from django.urls import path

from reports.provision import views

app_name = "provision"
urlpatterns = [
    path("client/<uuid:organisation>/provision/<int:year>/", views.told, name="told"),
    path("client/<uuid:organisation>/provision/<int:year>/pdf/", views.told_file, name="told_file"),
    path("organisations/<uuid:organisation>/provision/<int:year>/", views.own, name="own"),
    path("organisations/<uuid:organisation>/provision/<int:year>/<uuid:person>/", views.own, name="own_to"),
    path("organisations/<uuid:organisation>/provision/<int:year>/<uuid:person>/pdf/", views.own_file, name="own_file"),
]
