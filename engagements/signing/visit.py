"""Who a signer is on our pages: somebody logged in, or a visitor who opened the link they were sent."""

from dataclasses import asdict
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final
from uuid import UUID

from allauth.core.internal.httpkit import get_client_ip
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.middleware import has_second_factor
from accounts.models import User
from accounts.proof import Proof
from audit import asking
from engagements.models import Signature, SignatureRequest
from engagements.models.signature import RequestQuerySet
from engagements.signing.answers import Evidence

Method = Signature.Method
SESSION: Final = "signing"
#: How long an opened link lets its visitor read and sign.
STAYS: Final = timedelta(minutes=60)


class NotHere(Exception):
    """The page is not this visitor's; `answer` is what they get instead."""

    def __init__(self, answer: HttpResponse) -> None:
        super().__init__()
        self.answer = answer


def remember(request: HttpRequest, pk: UUID, now: datetime) -> None:
    """Let the browser that opened a link go on without it: it stands in no address any more."""
    request.session.cycle_key()
    request.session[SESSION] = {"request": pk.hex, "until": (now + STAYS).timestamp()}


def visited(request: HttpRequest, now: datetime) -> UUID | None:
    """Return the request whose link this browser has opened within the hour."""
    visit = request.session.get(SESSION)
    return UUID(visit["request"]) if visit and visit["until"] > now.timestamp() else None


def request_of(request: HttpRequest, pk: UUID, now: datetime) -> SignatureRequest:
    """Return the signature request `pk` if it is to whoever asks. From here on a visitor asks by their link.

    Raises NotHere for a visitor who has to log in first, Http404 for somebody else.
    """
    if isinstance(request.user, User):
        found = _found(SignatureRequest.objects.of(request.user), pk)
        if found is not None:
            return found
    if visited(request, now) == pk:
        asking.come_by_link(pk)
        found = _found(SignatureRequest.objects.all(), pk)
        if found is not None:
            return found
    if not request.user.is_authenticated:
        raise NotHere(redirect_to_login(request.get_full_path()))
    raise Http404


def _found(requests: RequestQuerySet, pk: UUID) -> SignatureRequest | None:
    """Return the request with its contract. Of one that is void the contract may be hidden: a draft again."""
    return requests.filter(pk=pk).select_related("contract").first() or requests.filter(pk=pk).first()


def user_of(request: HttpRequest, signing: SignatureRequest) -> User | None:
    """Return the signer when they are logged in; a link that is opened in the browser of another is no log-in."""
    user = request.user
    if isinstance(user, User) and SignatureRequest.objects.of(user).filter(pk=signing.pk).exists():
        return user
    return None


def proves_twice(request: HttpRequest, signing: SignatureRequest) -> bool:
    """Whether who asks has logged in with a second factor, as the signer: a code by mail adds nothing then."""
    user = user_of(request, signing)
    return user is not None and has_second_factor(user)


def method_of(request: HttpRequest, signing: SignatureRequest) -> str:
    if proves_twice(request, signing):
        return Method.FACTOR
    return Method.ACCOUNT if user_of(request, signing) else Method.LINK


def consent_to(signing: SignatureRequest) -> str:
    """Return the sentence that somebody agrees to by signing, in the language of the page."""
    if signing.what == SignatureRequest.What.JOINING:
        text = _(
            "I have read the contract, version %(version)d, and this joining sheet, and I agree to them. My name, the "
            "time, and how I proved who I am are kept as evidence of my signature."
        )
    else:
        text = _(
            "I have read the contract, version %(version)d, and I agree to it. My name, the time, and how I proved who "
            "I am are kept as evidence of my signature."
        )
    return text % {"version": signing.contract.version}


def evidence_of(request: HttpRequest, signing: SignatureRequest, proof: Proof | None = None) -> Evidence:
    """Return by which means who asks signs, and from where, the address shortened. `proof` is of a service."""
    return Evidence(
        method=Method.STRONG if proof else method_of(request, signing),
        proof=asdict(proof) | {"at": proof.at.isoformat()} if proof else None,
        consent=consent_to(signing),
        language=get_language() or "fi",
        address=shortened(get_client_ip(request) or ""),
        user_agent=request.headers.get("User-Agent", ""),
    )


def shortened(address: str) -> str:
    """Return the network of an address, /24 or /48: it tells where from, not whose telephone."""
    try:
        written = ip_address(address.partition("%")[0])
    except ValueError:
        return ""
    plain = written.ipv4_mapped or written if isinstance(written, IPv6Address) else written
    return str(ip_network(f"{plain}/{24 if plain.version == 4 else 48}", strict=False))
