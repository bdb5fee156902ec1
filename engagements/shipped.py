"""Contract templates and library goals of our own, which a practice may begin from and change as it likes."""

from typing import Any, Final

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext, gettext_noop

from accounts.models import Practice, VatStanding
from engagements.actions.opening import apply_template, copy_reporting, take_terms
from engagements.models import (
    Approval,
    Contract,
    ContractTemplate,
    Form,
    LibraryGoal,
    ReportingClause,
    Theme,
    Told,
    VatClass,
)
from engagements.models.contract import FACTS, ToldWhen
from engagements.models.terms import Cancels, Illness, Interim, Mode, OwnCancellation, Rhythm, Signing, Travel, Unit

#: What the client is told: (what, when). Facts need no approval here, everything else needs everybody's.
Lines = tuple[tuple[Told, ToldWhen], ...]

_FACTS: Final[Lines] = ((Told.DATES, ToldWhen.END), (Told.COSTS, ToldWhen.MONTHLY))
_GROUP: Final[Lines] = (
    (Told.DATES, ToldWhen.HALF_YEARLY),
    (Told.COUNTS, ToldWhen.HALF_YEARLY),
    (Told.COSTS, ToldWhen.MONTHLY),
    (Told.GOALS, ToldWhen.MIDPOINT),
    (Told.THEMES, ToldWhen.HALF_YEARLY),
    (Told.TEXT, ToldWhen.END),
)

#: Common to all: no price, since that is the practice's own.
_COMMON: Final[dict[str, Any]] = {
    "rhythm": Rhythm.WEEKS,
    "mode": Mode.IN_PERSON,
    "price_per": Unit.SESSION,
    "travel": Travel.INCLUDED,
    "payment_days": 14,
    "cancel_notice_hours": 48,
    "cancel_fee_percent": 50,
    "no_show_fee_percent": 100,
    "who_cancels": Cancels.ANY,
    "illness": Illness.FREE,
    "own_cancellation": OwnCancellation.MOVED,
    "toto_use": True,
    "evaluation_baseline": True,
    "evaluation_interim": Interim.MIDPOINT,
    "evaluation_final": True,
    "notes_months": 6,
    "memo_months": 12,
    "notice_days": 30,
    "signing": Signing.EVERYONE,
}
_LIGHT: Final[dict[str, Any]] = {
    "rhythm": Rhythm.AGREED,
    "evaluation_baseline": False,
    "evaluation_interim": Interim.NONE,
    "notice_days": 0,
    "signing": Signing.NOBODY,
    "cancel_notice_hours": 24,
}
_REVIEW: Final = gettext_noop(
    "At most once a year, by agreement in writing; at the earliest a year after the beginning."
)

#: The two light ones, which a process that begins in a hurry goes by.
CRISIS: Final = gettext_noop("Crisis supervision")
SINGLE: Final = gettext_noop("Single session")

#: Name, form ("" suits any), terms that differ from the common ones, and what the client is told.
TEMPLATES: Final[tuple[tuple[str, str, dict[str, Any], Lines], ...]] = (
    (
        gettext_noop("Individual supervision"),
        Form.INDIVIDUAL,
        {"minutes": 60, "sessions_agreed": 10, "rhythm_every": 3, "trial_sessions": 1},
        (*_FACTS, (Told.GOALS, ToldWhen.END)),
    ),
    (
        gettext_noop("Pair supervision"),
        Form.PAIR,
        {"minutes": 75, "sessions_agreed": 10, "rhythm_every": 3, "trial_sessions": 1, "quorum": 2},
        (*_FACTS, (Told.GOALS, ToldWhen.END)),
    ),
    (
        gettext_noop("Group supervision"),
        Form.GROUP,
        {
            "minutes": 90,
            "sessions_agreed": 12,
            "rhythm_every": 4,
            "trial_sessions": 2,
            "quorum": 3,
            "cancel_notice_hours": 168,
            "evaluation_interim": Interim.HALF_YEARLY,
        },
        _GROUP,
    ),
    (
        gettext_noop("Work-community supervision"),
        Form.COMMUNITY,
        {
            "minutes": 120,
            "sessions_agreed": 8,
            "rhythm_every": 4,
            "trial_sessions": 1,
            "cancel_notice_hours": 168,
            "evaluation_interim": Interim.HALF_YEARLY,
            "signing": Signing.REPRESENTATIVE,
        },
        (*_GROUP, (Told.AGGREGATES, ToldWhen.END)),
    ),
    (
        CRISIS,
        "",
        {
            **_LIGHT,
            "minutes": 90,
            "sessions_agreed": 3,
            "more_terms": gettext_noop(
                "The sessions are held close to one another. If the work goes on as ordinary supervision, it is "
                "agreed on by a new version of this contract."
            ),
        },
        _FACTS,
    ),
    (
        SINGLE,
        "",
        {**_LIGHT, "minutes": 90, "sessions_agreed": 1, "evaluation_final": False},
        _FACTS,
    ),
)

GOALS: Final[dict[Theme, tuple[str, ...]]] = {
    Theme.LEARNING: (
        gettext_noop("We learn from one another's situations and take what we learn into our daily work."),
        gettext_noop("We stop to look at what went well and why, and not only at what went wrong."),
        gettext_noop("We try out new ways of working between the sessions and come back to what happened."),
    ),
    Theme.WELLBEING: (
        gettext_noop("We recognise what loads us at work and agree on how we carry it together."),
        gettext_noop("Each of us finds ways to recover during the working day and after it."),
        gettext_noop("We notice early when somebody's strength is running out, and know what to do then."),
    ),
    Theme.FLUENCY: (
        gettext_noop("We know who does what, and decisions are made where they belong."),
        gettext_noop("We find the steps where our work gets stuck and make at least one of them easier."),
        gettext_noop("Our meetings and handovers serve the work and end in time."),
    ),
    Theme.QUALITY: (
        gettext_noop("We look at our work from the side of those it is done for and change what does not serve them."),
        gettext_noop("We agree on what good work means here and how we see that we do it."),
        gettext_noop("We weigh difficult decisions together so that we can give grounds for them."),
    ),
    Theme.MEANING: (
        gettext_noop("We find again what makes this work worth doing."),
        gettext_noop("Each of us sees their own part in the shared task."),
        gettext_noop("We make room for joy and for what we have achieved together."),
    ),
    Theme.DIALOGUE: (
        gettext_noop("We take difficult matters up in time and in a way that carries the work forward."),
        gettext_noop("Everybody is heard, and different views are put to use."),
        gettext_noop("We give one another feedback that can be made use of."),
    ),
    Theme.IDENTITY: (
        gettext_noop("The task, the role and their limits become clear."),
        gettext_noop("Professional strengths are recognised and made use of."),
        gettext_noop("What situations at work awaken is recognised, and there is a choice of how to act."),
    ),
    Theme.STRATEGY: (
        gettext_noop("We know how our daily work serves the aims of the organisation."),
        gettext_noop("We go through changes so that we understand their grounds and find our own way to act."),
        gettext_noop("We agree on what we do first and what we leave undone when there is not time for everything."),
    ),
}


@transaction.atomic
def ship(practice: Practice, language: str) -> tuple[int, int]:
    """Give `practice` our templates and library goals in `language`; return how many of each were new to it.

    Those it has already, by name or by text, stay as they are.
    """
    with translation.override(language):
        kept = set(practice.contract_templates.filter(archived_at=None).values_list("name", flat=True))
        made = [one for one in TEMPLATES if gettext(one[0]) not in kept]
        for name, form, terms, lines in made:
            _make(practice, gettext(name), form, terms, lines)
        known = set(practice.library_goals.filter(language=language).values_list("text", flat=True))
        goals = [
            LibraryGoal(practice=practice, language=language, theme=theme, text=gettext(text))
            for theme, texts in GOALS.items()
            for text in texts
            if gettext(text) not in known
        ]
        LibraryGoal.objects.bulk_create(goals)
    return len(made), len(goals)


def light_template(practice: Practice, name: str, language: str) -> ContractTemplate | None:
    """Return the practice's own template of that name (`CRISIS` or `SINGLE`) in `language`, if it keeps one."""
    with translation.override(language):
        return practice.contract_templates.filter(archived_at=None, name=gettext(name)).first()


def fill_light(contract: Contract, name: str, language: str) -> None:
    """Give a draft the light terms called `name`: the practice's own where it keeps some by that name, else ours."""
    practice = contract.engagement.practice
    if own := light_template(practice, name, language):
        apply_template(contract, own)
        return
    _name, form, terms, lines = next(one for one in TEMPLATES if one[0] == name)
    with translation.override(language):
        ours = _template(practice, gettext(name), form, terms)
    take_terms(contract, ours)
    copy_reporting((_clause(what, when) for what, when in lines), contract)


def _make(practice: Practice, name: str, form: str, terms: dict[str, Any], lines: Lines) -> None:
    template = _template(practice, name, form, terms)
    template.save(force_insert=True)
    ReportingClause.objects.bulk_create(_clause(what, when, template=template) for what, when in lines)


def _template(practice: Practice, name: str, form: str, terms: dict[str, Any]) -> ContractTemplate:
    return ContractTemplate(
        practice=practice,
        name=name,
        form=form,
        price_review=gettext(_REVIEW),
        **_vat(practice),
        **_COMMON | {key: gettext(value) if key == "more_terms" else value for key, value in terms.items()},
    )


def _clause(what: str, when: str, **owner: Any) -> ReportingClause:
    return ReportingClause(
        what=what, when=when, approval=Approval.NONE if what in FACTS else Approval.EVERYONE, **owner
    )


def _vat(practice: Practice) -> dict[str, Any]:
    """Return the VAT terms that follow from the practice's standing; who is exempt says on what ground."""
    if practice.vat_standing == VatStanding.SMALL:
        return {"vat_class": VatClass.SMALL}
    if practice.vat_standing == VatStanding.EXEMPT:
        return {
            "vat_class": VatClass.EXEMPT,
            "vat_reason": gettext("The service provider supplies only exempt services."),
        }
    return {"vat_class": VatClass.STANDARD}
