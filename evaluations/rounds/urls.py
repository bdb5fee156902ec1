from django.urls import path

from evaluations.rounds import views

app_name = "rounds"
urlpatterns = [
    path("engagements/<uuid:pk>/evaluations/", views.of_engagement, name="list"),
    path("engagements/<uuid:pk>/evaluations/plan/", views.plan, name="plan"),
    path("engagements/<uuid:pk>/evaluations/plan-all/", views.plan_all, name="plan_all"),
    path("sessions/<uuid:pk>/feedback/", views.feedback, name="feedback"),
    path("evaluations/<uuid:pk>/", views.detail, name="detail"),
    path("evaluations/<uuid:pk>/change/", views.change, name="change"),
    path("evaluations/<uuid:pk>/open/", views.open_now, name="open"),
    path("evaluations/<uuid:pk>/close/", views.close, name="close"),
    path("evaluations/<uuid:pk>/call-off/", views.call_off, name="call_off"),
    path("evaluations/<uuid:pk>/again/<uuid:invitation>/", views.again, name="again"),
]
