"""When and how the people meet, what a cancelled session means, and when it is evaluated."""

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from engagements.models import Form, Process
from engagements.models.terms import Cancels, Illness, Interim, Mode, OwnCancellation, Rhythm, Unit
from engagements.terms import ContractTerms
from engagements.wording.blocks import Block, Facts, Points, Text, capital, many
from formats.agreements import Rhythm as Often
from formats.agreements import write_notice, write_rhythm
from formats.clock import write_clock
from formats.days import write_day, write_weekday
from formats.numbers import write_percent


def frame(terms: ContractTerms) -> Iterator[Block]:
    rows: list[tuple[str, tuple[str, ...]]] = []
    if terms.minutes:
        rows.append((_("Length of a session"), (_length(terms),)))
    if terms.process == Process.SINGLE:
        rows.append((_("Number of sessions"), (pgettext("number of sessions", "one"),)))
    else:
        if terms.sessions_agreed:
            rows.append((_("Number of sessions"), (str(terms.sessions_agreed),)))
        rows.append((_("Rhythm"), (_rhythm(terms),)))
    if when := _regular_time(terms):
        rows.append((_("Usual time"), (when,)))
    if terms.starts_on and terms.ends_on:
        rows.append((_("Period"), (f"{write_day(terms.starts_on)} – {write_day(terms.ends_on)}",)))
    elif terms.starts_on:
        rows.append((_("Starts"), (write_day(terms.starts_on),)))
    elif terms.ends_on:
        rows.append((_("Ends"), (write_day(terms.ends_on),)))
    rows.append((_("How we meet"), (capital(str(Mode(terms.mode).label)),)))
    if terms.place.strip():
        rows.append((_("Place"), (terms.place,)))
    if terms.mode != Mode.IN_PERSON and terms.remote_tools.strip():
        rows.append((_("Tools for remote work"), (terms.remote_tools,)))
    yield Facts(tuple(rows))
    if terms.process == Process.SINGLE:
        yield Text(
            _("If the parties want to go on after the session, they agree on it by a new version of this contract.")
        )
    else:
        yield Text(
            _(
                "The dates are agreed together. A date that has been agreed holds unless it is cancelled as "
                "stated below."
            )
        )
    if terms.mode == Mode.HYBRID:
        yield Text(
            _("In-person and remote sessions alternate; for each session it is agreed in advance which one it is.")
        )
    if terms.mode == Mode.MIXED:
        yield Text(
            _(
                "When some are in the room and some remote, the supervisor sees to it that everybody is heard and "
                "can speak."
            )
        )
    if terms.mode != Mode.IN_PERSON:
        yield Text(
            ngettext(
                "Only the supervisee and the supervisor get the link to a remote session. Both take part from a "
                "place where outsiders neither hear nor see.",
                "Only the supervisees and the supervisor get the link to a remote session. Everybody takes part "
                "from a place where outsiders neither hear nor see.",
                many(terms),
            )
        )
    if terms.trial_sessions:
        yield Text(_trial(terms))


def _length(terms: ContractTerms) -> str:
    minutes = terms.minutes or 0
    text = _("%(minutes)d minutes") % {"minutes": minutes}
    if terms.price_per == Unit.TRAINING_HOUR and minutes % 45 == 0:
        units = ngettext("%(count)d unit of 45 minutes", "%(count)d units of 45 minutes", minutes // 45)
        return f"{text} ({units % {'count': minutes // 45}})"
    return text


def _rhythm(terms: ContractTerms) -> str:
    if terms.rhythm == Rhythm.WEEKS and terms.rhythm_every:
        return capital(write_rhythm(Often(terms.rhythm_every, "weeks")))
    if terms.rhythm == Rhythm.MONTHS and terms.rhythm_every:
        return capital(write_rhythm(Often(terms.rhythm_every, "months")))
    return capital(str(Rhythm.AGREED.label))


def _regular_time(terms: ContractTerms) -> str:
    parts = []
    if terms.weekday:
        parts.append(write_weekday(terms.weekday - 1))
    if terms.time:
        parts.append(write_clock(terms.time))
    return capital(" ".join(parts))


def _trial(terms: ContractTerms) -> str:
    count = terms.trial_sessions
    text = ngettext(
        "The first session is a trial session. After it each party says whether the process goes on. If one of them "
        "says no, the contract ends at once and without giving reasons.",
        "The first %(count)d sessions are trial sessions. After them each party says whether the process goes on. If "
        "one of them says no, the contract ends at once and without giving reasons.",
        count,
    ) % {"count": count}
    if terms.trial_free:
        free = ngettext("The trial session is free of charge.", "The trial sessions are free of charge.", count)
    else:
        free = ngettext(
            "The trial session is charged like any other; if the process does not go on, nothing more is charged.",
            "The trial sessions are charged like any others; if the process does not go on, nothing more is charged.",
            count,
        )
    return f"{text} {free}"


def cancellation(terms: ContractTerms) -> Iterator[Block]:
    several = terms.form != Form.INDIVIDUAL
    if terms.client:
        yield Text(
            {
                Cancels.ANY: _(
                    "A session can be cancelled or moved by the supervisees together and by the client organisation."
                )
                if several
                else _("A session can be cancelled or moved by the supervisee and by the client organisation."),
                Cancels.SUPERVISEES: _("Only the supervisees together can cancel or move a session.")
                if several
                else _("Only the supervisee can cancel or move a session."),
                Cancels.CLIENT: _("Only the client organisation can cancel or move a session."),
            }[Cancels(terms.who_cancels)]
        )
    points = []
    if terms.cancel_notice_hours:
        points.append(
            _("Cancelling is free of charge at the latest %(notice)s before the session begins.")
            % {"notice": write_notice(terms.cancel_notice_hours)}
        )
    else:
        points.append(_("Cancelling is free of charge until the session begins."))
    if terms.cancel_notice_hours and terms.cancel_fee_percent is not None:
        points.append(_late(terms.cancel_fee_percent))
    if terms.no_show_fee_percent is not None:
        points.append(_no_show(terms.no_show_fee_percent))
    points.append(
        {
            Illness.AS_OTHERS: _("Illness counts like any other reason to cancel."),
            Illness.FREE: _(
                "When somebody falls ill, cancelling is free of charge if it is told before the session begins."
            ),
            Illness.MOVED: _(
                "When somebody falls ill, the session is moved once free of charge if it is told before it begins."
            ),
        }[Illness(terms.illness)]
    )
    if several:
        points.append(_("If single supervisees are away, the session is held and costs the same."))
    if terms.quorum and several:
        points.append(
            ngettext(
                "A session is held when at least %(count)d supervisee can come; otherwise it counts as cancelled.",
                "A session is held when at least %(count)d supervisees can come; otherwise it counts as cancelled.",
                terms.quorum,
            )
            % {"count": terms.quorum}
        )
    points.append(
        {
            OwnCancellation.MOVED: _("If the supervisor has to cancel, a new time is agreed and nothing is charged."),
            OwnCancellation.STAND_IN: ngettext(
                "If the supervisor has to cancel, a new time is agreed or, if the supervisee wishes, a stand-in "
                "comes. What is not held is not charged.",
                "If the supervisor has to cancel, a new time is agreed or, if the supervisees wish, a stand-in "
                "comes. What is not held is not charged.",
                many(terms),
            ),
        }[OwnCancellation(terms.own_cancellation)]
    )
    yield Points(tuple(points))
    if terms.process != Process.SINGLE:
        yield Text(
            _(
                "A session that was cancelled in time is held later. One that is charged in full counts as one of "
                "those agreed."
            )
        )


def _late(percent: int) -> str:
    if not percent:
        return _("A later cancellation is not charged either.")
    if percent == 100:
        return _("For a later cancellation the full price of the session is charged.")
    return _("For a later cancellation %(fee)s of the price of the session is charged.") % {
        "fee": write_percent(percent)
    }


def _no_show(percent: int) -> str:
    if not percent:
        return _("A session to which nobody comes is not charged.")
    if percent == 100:
        return _("For a session to which nobody comes the full price is charged.")
    return _("For a session to which nobody comes %(fee)s of its price is charged.") % {"fee": write_percent(percent)}


def evaluation(terms: ContractTerms) -> Iterator[Block]:
    points = []
    if terms.evaluation_baseline:
        points.append(_("Baseline evaluation at the beginning: where we start from and what is expected."))
    if terms.evaluation_interim == Interim.MIDPOINT:
        points.append(_("Interim evaluation at the midpoint: co-operation, goals, and what should change."))
    elif terms.evaluation_interim == Interim.HALF_YEARLY:
        points.append(_("Interim evaluation every six months: co-operation, goals, and what should change."))
    if terms.evaluation_final:
        points.append(_("Final evaluation at the end: co-operation, and how the goals were reached."))
    if not points:
        yield Text(
            _(
                "No separate evaluations are agreed. Any party may at any time ask to talk about how the "
                "supervision works."
            )
        )
        return
    yield Points(tuple(points))
    yield Text(
        _(
            "The time that evaluation takes belongs to the agreed sessions. A summary of answers is shown "
            "only where at least five have answered, and never so that an answer could be traced to one "
            "person. It reaches the client organisation only as the clause on reporting says."
        )
        if terms.client
        else _(
            "The time that evaluation takes belongs to the agreed sessions. Single answers are seen by nobody "
            "outside the process."
        )
    )
