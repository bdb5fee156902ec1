from django.urls import path

from privacy.papers import views

app_name = "papers"
urlpatterns = [
    path("practice/<uuid:pk>/papers/", views.papers, name="list"),
    path("practice/<uuid:pk>/papers/contact/", views.contact, name="contact"),
    path("practice/<uuid:pk>/papers/<slug:key>/", views.one, name="paper"),
    path("practice/<uuid:pk>/papers/<slug:key>/pdf/", views.pdf, name="pdf"),
    path("notice/<uuid:pk>/", views.notice, name="notice"),
    path("notice/<uuid:pk>/pdf/", views.notice_pdf, name="notice_pdf"),
]
