from django.urls import path

from reports.certificates import views

app_name = "certificates"
urlpatterns = [
    path("engagements/<uuid:pk>/certificates/", views.listed, name="list"),
    path("engagements/<uuid:pk>/certificates/<uuid:participation>/pdf/", views.pdf, name="pdf"),
]
