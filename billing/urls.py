from django.urls import path

from billing import views

app_name = "billing"
# Of whom, to whom, for which month: an open statement has no row of its own yet.
OPEN = "billing/<uuid:lead>/<uuid:payer>/<int:year>/<int:month>"
urlpatterns = [
    path("billing/", views.statements, name="list"),
    path("client/billing/", views.told, name="told"),
    path("engagements/<uuid:pk>/billing/", views.of_engagement, name="process"),
    path("sessions/<uuid:pk>/travel/", views.travel, name="travel"),
    path(f"{OPEN}/", views.open_one, name="open"),
    path(f"{OPEN}/pdf/", views.open_pdf, name="open_pdf"),
    path(f"{OPEN}/csv/", views.open_csv, name="open_csv"),
    path(f"{OPEN}/invoice/", views.invoice, name="invoice"),
    path("billing/<uuid:pk>/", views.invoiced, name="invoiced"),
    path("billing/<uuid:pk>/pdf/", views.invoiced_pdf, name="invoiced_pdf"),
    path("billing/<uuid:pk>/csv/", views.invoiced_csv, name="invoiced_csv"),
]
