from django.urls import path

from sessions.unlocking import views

app_name = "vault"
urlpatterns = [
    path("notes-key/", views.key, name="key"),
    path("notes-key/new/", views.create, name="create"),
    path("notes-key/sheet/", views.sheet, name="sheet"),
    path("notes-key/sheet/new/", views.sheet_new, name="sheet_new"),
    path("notes-key/sheet/print/", views.sheet_pdf, name="sheet_pdf"),
    path("notes-key/passphrase/", views.passphrase, name="passphrase"),
    path("notes-key/replace/", views.replace, name="replace"),
    path("notes-key/recover/", views.recover, name="recover"),
    path("notes-key/open/", views.unlock, name="unlock"),
    path("notes-key/lock/", views.lock, name="lock"),
    path("notes-key/state/", views.state, name="state"),
    path("notes-key/stay/", views.stay, name="stay"),
]
