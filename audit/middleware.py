from collections.abc import Callable, Iterable
from typing import cast

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse

from audit import asking


class RequestTransaction:
    """One transaction a request, in which the signed-in person asks.

    It opens before the view and closes after the response is rendered, so that a lazily rendered template still sees
    its rows. An answer of 500 or above takes everything back, also when an inner layer turned the exception into it.
    Streamed bodies would be read after the commit, as nobody: they are read here instead.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        who = request.user if request.user.is_authenticated else None  # read before: it has no policy
        with transaction.atomic():
            asking.become(who)
            response = self.get_response(request)
            if isinstance(response, StreamingHttpResponse):
                response = materialised(response)
            if response.status_code >= 500:
                transaction.set_rollback(True)
        return response


def materialised(streamed: StreamingHttpResponse) -> HttpResponse:
    """Return the same answer with its body read now."""
    whole = HttpResponse(b"".join(cast(Iterable[bytes], streamed)), status=streamed.status_code)
    for name, value in streamed.headers.items():
        whole.headers[name] = value
    whole.cookies = streamed.cookies
    streamed.close()
    return whole
