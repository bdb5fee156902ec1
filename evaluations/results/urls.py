from django.urls import path

from evaluations.results import views

app_name = "results"
urlpatterns = [
    path("evaluations/<uuid:pk>/results/", views.round_results, name="round"),
    path("evaluations/<uuid:pk>/results/pdf/", views.pdf, name="pdf"),
    path("evaluations/<uuid:pk>/results/agree/", views.agree, name="agree"),
    path("evaluations/<uuid:pk>/results/changes/<uuid:change>/", views.look_again, name="look_again"),
    path("evaluations/changes/<uuid:pk>/take-back/", views.take_back_view, name="take_back"),
    path("engagements/<uuid:pk>/evaluations/results/", views.over_rounds, name="over_rounds"),
]
