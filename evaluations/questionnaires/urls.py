from django.urls import path

from evaluations.questionnaires import views

app_name = "questionnaires"
urlpatterns = [
    path("questionnaires/", views.list_, name="list"),
    path("questionnaires/new/", views.new, name="new"),
    path("questionnaires/ours/<slug:key>/", views.ours, name="ours"),
    path("questionnaires/<uuid:pk>/", views.edit, name="edit"),
    path("questionnaires/<uuid:pk>/preview/", views.preview, name="preview"),
    path("questionnaires/<uuid:pk>/arrange/", views.arrange, name="arrange"),
    path("questionnaires/<uuid:pk>/pick/", views.pick, name="pick"),
    path("questionnaires/<uuid:pk>/question/", views.question_new, name="question_new"),
    path("questionnaires/<uuid:pk>/question/<str:key>/", views.question, name="question"),
    path("questionnaires/<uuid:pk>/archive/", views.archive, name="archive"),
]
