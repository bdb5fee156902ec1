from django.urls import include, path

from benchmarks.bare import rich

urlpatterns = [path("bare/rich/", rich), path("", include("tyonohjaus.urls"))]
