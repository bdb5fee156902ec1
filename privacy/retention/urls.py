from django.urls import path

from privacy.retention import views

app_name = "retention"
urlpatterns = [
    path("privacy/retention/", views.going, name="going"),
    path("privacy/retention/hold/process/<uuid:pk>/", views.hold_process, name="hold_process"),
    path("privacy/retention/hold/person/<uuid:pk>/", views.hold_person, name="hold_person"),
    path("privacy/retention/holds/<uuid:pk>/lift/", views.lift, name="lift"),
    path("privacy/retention/erase/<uuid:pk>/", views.erase, name="erase"),
]
