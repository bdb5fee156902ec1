"""Who somebody is, proven by an identification service, for one purpose such as a signature.

Nobody is logged in by it, no account is made, and who is logged in stays so. The proof rests in the sealed session for
ten minutes. Of what the service tells, the name, the way of identification and a fingerprint of its subject are kept;
a personal identity code (henkilötunnus) is never.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone

from accounts.models import User
from accounts.openid import attempt
from accounts.openid.configuration import SIGNING, Provider
from accounts.openid.exchange import Refused, Why
from accounts.sealing import fingerprint
from audit import trail

#: How long a proof may be used.
HOLDS_FOR: Final = timedelta(minutes=10)
#: How many a browser session keeps at once.
MOST: Final = 10
KEY: Final = "proofs"
#: Names as the Finnish Trust Network's profile gives them: (given names, family name).
NAME_CLAIMS: Final = (("given_name", "family_name"), ("urn:oid:1.2.246.575.1.14", "urn:oid:2.5.4.4"))
#: A personal identity code in any text: what looks like one is cut out of what is kept.
IDENTITY_CODE: Final = re.compile(r"\b\d{6}[-+A-FU-Y]\d{3}[0-9A-Z]\b", re.IGNORECASE)


@dataclass(frozen=True)
class Proof:
    """Who somebody is, says `issuer` (its address): the same `subject_hash` is the same person there.

    `acr` is how strongly they were identified and `method` by what, in the issuer's words; empty when it did not say.
    """

    issuer: str
    subject_hash: str
    name: str
    acr: str
    method: str
    at: datetime


def signing_providers() -> list[Provider]:
    """Return the services that can prove who a signer is; none unless configured."""
    return [provider for provider in settings.OPENID_PROVIDERS if SIGNING in provider.uses]


def begin(request: HttpRequest, provider_id: str, back_to: str, purpose: UUID) -> HttpResponse:
    """Send the browser to a signing provider; afterwards it comes to `back_to` with a proof kept under `purpose`.

    For views that answer a POST. Raises Http404 for a provider that proves no signers, SuspiciousOperation when
    `back_to` leads away from this site.
    """
    provider = attempt.provider_for(provider_id, SIGNING)
    if not provider:
        raise Http404
    if not attempt.safe(request, back_to):
        raise SuspiciousOperation("A proof leads back to this site alone.")
    # Whoever sat at this browser before may be logged in at the service still.
    return attempt.begin(
        request, provider, SIGNING, back_to, data={"purpose": str(purpose)}, params={"prompt": "login"}
    )


def keep(
    request: HttpRequest,
    provider: Provider,
    id_token: Mapping[str, Any],
    told: Mapping[str, Any],
    state: Mapping[str, Any],
) -> HttpResponse:
    """Keep what an answer proves under the purpose it was asked for, and lead back to where it was asked.

    Raises Refused when the answer tells no name.
    """
    purpose = state["data"]["purpose"]
    proof = Proof(
        issuer=id_token["iss"],
        subject_hash=fingerprint(f"{id_token['iss']}\n{id_token['sub']}", "openid subject"),
        name=name_in(id_token) or name_in(told),
        acr=line(id_token.get("acr")),
        method=line(id_token.get("amr")),
        at=timezone.now(),
    )
    if not proof.name:
        raise Refused(Why.NAMELESS)
    others = {key: value for key, value in _kept(request).items() if key != purpose}
    newest = dict(sorted(others.items(), key=lambda each: str(each[1]["at"]))[1 - MOST :])
    request.session[KEY] = newest | {purpose: asdict(proof) | {"at": proof.at.isoformat()}}
    actor = request.user if isinstance(request.user, User) else None
    trail.record("accounts", "identity_proven", actor=actor, data={"by": provider.id, "purpose": purpose})
    return HttpResponseRedirect(state["next"])


def proof_for(request: HttpRequest, purpose: UUID) -> Proof | None:
    """Return the proof that this browser has for `purpose`, while it holds."""
    kept: dict[str, Any] | None = _kept(request).get(str(purpose))
    return Proof(**{**kept, "at": datetime.fromisoformat(kept["at"])}) if kept else None


def take_proof(request: HttpRequest, purpose: UUID) -> Proof | None:
    """Return the proof for `purpose` and forget it: it is used once."""
    proof = proof_for(request, purpose)
    request.session[KEY] = {key: value for key, value in _kept(request).items() if key != str(purpose)}
    return proof


def name_in(claims: Mapping[str, Any]) -> str:
    """Return the name that `claims` tell, or an empty text."""
    for given, family in NAME_CLAIMS:
        if line(claims.get(given)) and line(claims.get(family)):
            return f"{line(claims[given])} {line(claims[family])}"[:200]
    return line(claims.get("name"))


def line(value: object) -> str:
    """Return a text, or a list of texts, as one clean line of at most 100 characters, without identity codes."""
    words = value if isinstance(value, list) else [value]
    text = " ".join(each for each in words if isinstance(each, str))
    printable = "".join(each if unicodedata.category(each)[0] != "C" else " " for each in text)
    return " ".join(IDENTITY_CODE.sub("", printable).split())[:100]


def _kept(request: HttpRequest) -> dict[str, dict[str, str]]:
    """Return the proofs of this browser session that still hold."""
    oldest = timezone.now() - HOLDS_FOR
    kept: dict[str, dict[str, str]] = request.session.get(KEY, {})
    return {purpose: proof for purpose, proof in kept.items() if datetime.fromisoformat(proof["at"]) > oldest}
