from django.urls import path

from engagements.signing import views_signer

app_name = "sign"
urlpatterns = [
    path("sign/link/<str:token>/", views_signer.link, name="link"),
    path("sign/link/<str:token>/new/", views_signer.new_link, name="new_link"),
    path("sign/<uuid:pk>/", views_signer.read, name="read"),
    path("sign/<uuid:pk>/pdf/", views_signer.pdf, name="pdf"),
    path("sign/<uuid:pk>/sheet/", views_signer.sheet, name="sheet"),
    path("sign/<uuid:pk>/file/", views_signer.file, name="file"),
    path("sign/<uuid:pk>/confirm/", views_signer.confirm, name="confirm"),
    path("sign/<uuid:pk>/code/", views_signer.code, name="code"),
    path("sign/<uuid:pk>/identify/<slug:provider>/", views_signer.strong, name="strong"),
    path("sign/<uuid:pk>/identified/", views_signer.proven, name="proven"),
    path("sign/<uuid:pk>/decline/", views_signer.decline, name="decline"),
    path("sign/<uuid:pk>/propose/", views_signer.propose, name="propose"),
]
