from django.urls import path

from reports.together import views

app_name = "draft"
urlpatterns = [
    path("engagements/<uuid:pk>/reports/mine/", views.of_engagement, name="list"),
    path("reports/<uuid:pk>/read/", views.read, name="read"),
    path("reports/<uuid:pk>/read/file/", views.file, name="file"),
    path("reports/<uuid:pk>/read/answer/", views.answer, name="answer"),
    path("reports/<uuid:pk>/read/remark/<str:what>/<int:number>/", views.remark, name="remark"),
    path("reports/<uuid:pk>/read/remarks/<uuid:remark>/remove/", views.remove, name="remove"),
]
