from django.conf import settings
from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("account/", include("allauth.urls")),
    path(f"{settings.ADMIN_PATH}/", admin.site.urls),
]
