from django.urls import path

from transfer.views import exports, imports

app_name = "transfer"
urlpatterns = [
    path("transfer/", imports.imports, name="imports"),
    path("transfer/export/", exports.export, name="export"),
    path("transfer/moving/<uuid:pk>/", exports.moving, name="moving"),
    path("transfer/moving/<uuid:pk>/archive/", exports.archive, name="archive"),
    path("transfer/moving/<uuid:pk>/stay/", exports.stay, name="stay"),
    path("transfer/<uuid:pk>/", imports.batch, name="batch"),
    path("transfer/<uuid:pk>/columns/", imports.columns, name="columns"),
    path("transfer/<uuid:pk>/rows.xlsx", imports.errors, name="errors"),
    path("transfer/<uuid:pk>/undo/", imports.undo, name="undo"),
    path("transfer/<uuid:pk>/leave/", imports.leave, name="leave"),
]
