from django.urls import path

from sessions.offers import views

app_name = "offers"
urlpatterns = [
    path("engagements/<uuid:pk>/offers/new/", views.new, name="new"),
    path("offers/<uuid:pk>/", views.offer, name="offer"),
    path("offers/<uuid:pk>/people/<uuid:participation>/", views.record, name="record"),
    path("offers/<uuid:pk>/times/<uuid:time>/choose/", views.choose, name="choose"),
    path("offers/<uuid:pk>/withdraw/", views.withdraw, name="withdraw"),
]
