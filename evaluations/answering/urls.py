from django.urls import path

from evaluations.answering import views, views_own

app_name = "answer"
urlpatterns = [
    path("answer/<str:token>/", views.door, name="door"),
    path("answering/<uuid:link>/", views.start, name="start"),
    path("answering/<uuid:link>/enter/", views.enter, name="enter"),
    path("answering/<uuid:link>/<int:number>/", views.question, name="question"),
    path("answering/<uuid:link>/review/", views.review, name="review"),
    path("answering/<uuid:link>/done/", views.done, name="done"),
    path("answering/<uuid:link>/remove/", views.remove, name="remove"),
    path("evaluations/<uuid:pk>/answer/", views_own.own, name="own"),
    path("evaluations/<uuid:pk>/paper/<uuid:invitation>/", views_own.paper, name="paper"),
]
