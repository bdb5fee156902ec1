from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from accounts.admin.shown import Shown, named, of_practice
from accounts.models import ClientOrganisation


@admin.register(ClientOrganisation)
class ClientOrganisationAdmin(Shown):
    """That they exist, and for which practice."""

    list_display = ["name", "business_id", "sector", "public_body", named("practice", capfirst(_("practice")))]
    list_filter = ["sector", "public_body", of_practice()]
    search_fields = ["name", "business_id", "practice__name"]
    search_help_text = _("Name, business ID, practice or ID")
    ids = ("pk", "practice")
    ordering = ["sort_key", "pk"]
    fields = ["name", "business_id", "sector", "public_body", named("practice", capfirst(_("practice"))), "id"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[ClientOrganisation]:
        """By the names of its columns: this site's role cannot read its aims, addresses and references."""
        organisations: QuerySet[ClientOrganisation] = super().get_queryset(request)
        return organisations.select_related("practice").only(
            "name", "business_id", "sector", "public_body", "sort_key", "practice__name"
        )
