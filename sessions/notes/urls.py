from django.urls import path

from sessions.notes import views, views_keeping, views_reading, views_saving, views_templates

app_name = "notes"
urlpatterns = [
    path("sessions/<uuid:pk>/note/", views.write, name="write"),
    path("engagements/<uuid:pk>/notes/", views_reading.of_engagement, name="of_engagement"),
    path("engagements/<uuid:pk>/notes/new/", views.write_free, name="write_free"),
    path("notes/", views_reading.all_notes, name="list"),
    path("notes/search/", views_reading.look_for, name="search"),
    path("notes/preview/", views.preview, name="preview"),
    path("notes/export/", views_keeping.export_notes, name="export"),
    path("notes/templates/", views_templates.templates, name="templates"),
    path("notes/templates/new/", views_templates.template_new, name="template_new"),
    path("notes/templates/<uuid:pk>/", views_templates.template_edit, name="template_edit"),
    path("notes/templates/<uuid:pk>/archive/", views_templates.template_archive, name="template_archive"),
    path("notes/<uuid:pk>/", views_reading.note, name="note"),
    path("notes/<uuid:pk>/edit/", views.edit, name="edit"),
    path("notes/<uuid:pk>/autosave/", views_saving.autosave, name="autosave"),
    path("notes/<uuid:pk>/lock/", views_keeping.lock, name="lock"),
    path("notes/<uuid:pk>/amend/", views.amend, name="amend"),
    path("notes/<uuid:pk>/versions/<int:number>/", views_reading.version, name="version"),
    path("notes/<uuid:pk>/share/", views_keeping.share, name="share"),
    path("notes/<uuid:pk>/pdf/", views_keeping.pdf, name="pdf"),
    path("notes/<uuid:pk>/delete/", views_keeping.delete, name="delete"),
]
