from django.urls import path

from reports.writing import handing, steps, views

app_name = "reports"
urlpatterns = [
    path("engagements/<uuid:pk>/reports/", views.of_engagement, name="list"),
    path("engagements/<uuid:pk>/reports/begin/<str:kind>/", views.begin, name="begin"),
    path("reports/<uuid:pk>/", views.report, name="report"),
    path("reports/<uuid:pk>/sections/", views.sections, name="sections"),
    path("reports/<uuid:pk>/pdf/", handing.file, name="file"),
    path("reports/<uuid:pk>/release/", handing.release, name="release"),
    path("reports/<uuid:pk>/withdraw/", handing.withdraw, name="withdraw"),
    path("reports/<uuid:pk>/ask/", views.ask, name="ask"),
    path("reports/<uuid:pk>/remarks/<uuid:remark>/", views.remark, name="remark"),
    # steps of one press
    path("reports/<uuid:pk>/share/", steps.share, name="share"),
    path("reports/<uuid:pk>/discard/", steps.discard, name="discard"),
    path("reports/<uuid:pk>/take-back/", steps.take_back, name="take_back"),
    path("reports/<uuid:pk>/correct/", steps.correct, name="correct"),
    path("reports/<uuid:pk>/record/<uuid:participation>/", steps.record, name="record"),
]
