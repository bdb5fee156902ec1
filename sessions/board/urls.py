from django.urls import path

from sessions.board import views

app_name = "board"
urlpatterns = [
    path("engagements/<uuid:pk>/board/", views.board, name="board"),
    path("board/<uuid:pk>/", views.entry, name="entry"),
    path("board/<uuid:pk>/remove/", views.remove, name="remove"),
]
