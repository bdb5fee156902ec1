from django.urls import path

from sessions.phases import views

app_name = "phases"
urlpatterns = [
    path("engagements/<uuid:pk>/phase/", views.phase, name="phase"),
    path("sessions/<uuid:pk>/agenda/fill/", views.fill, name="fill"),
    path("practice/facilitation/", views.templates, name="templates"),
    path("practice/facilitation/new/", views.template_new, name="template_new"),
    path("practice/facilitation/<uuid:pk>/", views.template_edit, name="template_edit"),
    path("practice/facilitation/<uuid:pk>/archive/", views.template_archive, name="template_archive"),
]
