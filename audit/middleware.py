from collections.abc import Callable, Iterable
from typing import Any, cast

from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from psycopg.pq import TransactionStatus

from audit import asking


class RequestTransaction:
    """One transaction a request, in which the signed-in person asks.

    It opens before the view and closes after the response is rendered, so that a lazily rendered template still sees
    its rows. An answer of 500 or above takes everything back, also when an inner layer turned the exception into it.
    Streamed bodies would be read after the commit, as nobody: they are read here instead.

    An answer of yes in a transaction that the database has given up would be a lie: PostgreSQL answers its commit by
    rolling back, without an error. It becomes an answer of 500.
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
            elif given_up():
                raise transaction.TransactionManagementError("An error of the database was caught without a savepoint.")
        return response


def given_up() -> bool:
    """Return whether what the running transaction did is lost already."""
    handle = connection.connection
    return transaction.get_rollback() or bool(handle and handle.info.transaction_status == TransactionStatus.INERROR)


def materialised(streamed: StreamingHttpResponse) -> HttpResponse:
    """Return the same answer with its body read now.

    What was to be closed after the body is closed after the answer. Closing it here would tell Django that the request
    is over, which would drop the connection, and with it everything this transaction did.
    """
    whole = HttpResponse(b"".join(cast(Iterable[bytes], streamed)), status=streamed.status_code)
    for name, value in streamed.headers.items():
        whole.headers[name] = value
    whole.cookies = streamed.cookies
    cast(Any, whole)._resource_closers += cast(Any, streamed)._resource_closers
    return whole
