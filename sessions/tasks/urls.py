from django.urls import path

from sessions.tasks import views, views_answer

app_name = "tasks"
urlpatterns = [
    path("engagements/<uuid:pk>/tasks/", views.of_engagement, name="list"),
    path("engagements/<uuid:pk>/tasks/new/", views.give, name="give"),
    path("own/tasks/", views_answer.own, name="own"),
    path("tasks/<uuid:pk>/", views.detail, name="detail"),
    path("tasks/<uuid:pk>/change/", views.change, name="change"),
    path("tasks/<uuid:pk>/withdraw/", views.withdraw, name="withdraw"),
    path("tasks/<uuid:pk>/discussed/", views.discuss, name="discuss"),
    path("tasks/<uuid:pk>/open/", views.reopen, name="reopen"),
    path("tasks/<uuid:pk>/save/", views_answer.save, name="save"),
    path("tasks/answers/<uuid:pk>/comment/", views.comment, name="comment"),
    path("tasks/comments/<uuid:pk>/remove/", views.remove_comment, name="comment_remove"),
    path("tasks/files/<uuid:pk>/", views_answer.file, name="file"),
    path("tasks/files/<uuid:pk>/remove/", views_answer.remove_file, name="file_remove"),
]
