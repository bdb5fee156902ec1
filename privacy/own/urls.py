from django.urls import path

from privacy.own import views

app_name = "own"
urlpatterns = [
    path("own/data/", views.data, name="data"),
    path("own/data/json/", views.as_json, name="json"),
    path("own/data/pdf/", views.as_pdf, name="pdf"),
    path("own/data/ask/", views.ask, name="ask"),
    path("own/data/requests/<uuid:pk>/", views.own_request, name="request"),
    path("data-requests/", views.received, name="received"),
    path("data-requests/<uuid:pk>/", views.handle, name="handle"),
    path("data-requests/<uuid:pk>/extend/", views.extend, name="extend"),
]
