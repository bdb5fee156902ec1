from django.conf import settings
from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("sessions.urls")),
    path("", include("engagements.urls")),
    path("", include("accounts.urls")),
    path("account/", include("allauth.urls")),
    path(f"{settings.ADMIN_PATH}/", admin.site.urls),
]
