from django.urls import path

from sessions.progress import views

app_name = "progress"
urlpatterns = [
    path("engagements/<uuid:pk>/progress/", views.goals, name="goals"),
    path("goals/<uuid:pk>/", views.goal, name="goal"),
    path("goals/progress/<uuid:pk>/take-back/", views.take_back_view, name="take_back"),
    path("sessions/<uuid:pk>/progress/", views.of_session, name="session"),
]
