from allauth.core import ratelimit
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods

from documents.forms import CheckForm
from documents.hashing import HashAlone
from documents.models import LARGEST, sealed_on


@login_not_required
@csrf_exempt  # How a file is taken has to be said before anything is read; `answer` asks for the token then.
@require_http_methods(["GET", "HEAD", "POST"])
def check(request: HttpRequest) -> HttpResponse:
    """Tell anybody whether a file was sealed here, and when; nothing else of it. The file is not kept."""
    request.upload_handlers = [HashAlone(request)]
    return answer(request)


@csrf_protect
def answer(request: HttpRequest) -> HttpResponse:
    if request.method == "POST" and not ratelimit.consume(request, action="check_file"):
        too_many: HttpResponse = ratelimit.respond_429(request)
        return too_many
    form = CheckForm(*((request.POST, request.FILES) if request.method == "POST" else ()))
    context = {"form": form, "largest": LARGEST}
    if form.is_valid():
        context |= {"checked": form.cleaned_data["sha256"], "sealed_on": sealed_on(form.cleaned_data["sha256"])}
    return render(request, "documents/check.html", context)
