"""Who agrees, what for and on which order."""

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from engagements.models import LEVELS, ContractParty, Focus, Form, Process, Theme
from engagements.models.levels import signed
from engagements.terms import ContractTerms, Party
from engagements.wording.blocks import Block, Facts, Points, Table, Text, capital, lines_of, many, named, paragraphs

Kind = ContractParty.Kind


def parties(terms: ContractTerms) -> Iterator[Block]:
    practice, client = terms.practice, terms.client
    rows: list[tuple[str, tuple[str, ...]]] = [
        (
            _("Service provider"),
            lines_of(
                _joined(practice.name, _business_id(practice.business_id)),
                _address(practice.street, practice.postcode, practice.city),
                _joined(practice.email, practice.phone),
            ),
        ),
        (_("Supervisors") if len(terms.supervisors) > 1 else _("Supervisor"), terms.supervisors),
    ]
    if client:
        address = _address(client.street, client.postcode, client.city)
        rows.append(
            (_("Client organisation"), lines_of(_joined(client.name, _business_id(client.business_id)), address))
        )
    for kind, label in (
        (Kind.CONTACT, _("Represented by")),
        (Kind.LINE_MANAGER, _("Line manager")),
        (Kind.PAYER, _("Orders and pays")),
    ):
        names = tuple(named(party) for party in terms.parties if party.kind == kind)
        if names:
            rows.append((label, names))
    rows.append(
        (capital(str(Kind.SUPERVISEE.label)) if terms.supervisees == 1 else _("Supervisees"), _supervisees(terms))
    )
    rows.append((_("Form"), (_form(terms),)))
    if terms.title or terms.reference:
        rows.append((_("Process"), lines_of(terms.title, terms.reference)))
    yield Facts(tuple(rows))
    roles = [
        (_("Orders and pays"), [party for party in terms.parties if party.orders and party.kind != Kind.PAYER]),
        (_("Sets the goals"), [party for party in terms.parties if party.sets_goals]),
        (_("Signs this contract"), [party for party in terms.parties if party.signs]),
        (_("Reads the reports"), [party for party in terms.parties if party.reads_reports]),
    ]
    parts = tuple(
        (label, (", ".join(lines_of(*(_called(party, terms) for party in some))),)) for label, some in roles if some
    )
    if parts:
        yield Facts(parts)
    if terms.names_hidden and terms.supervisees:
        yield Text(
            ngettext(
                "The client organisation is not told who the supervisee is, so the name does not stand in this "
                "contract. If the supervisee signs, it is on a joining sheet, which only they and the supervisor "
                "see.",
                "The client organisation is not told who the supervisees are, so their names do not stand in this "
                "contract. A supervisee who signs does so on a joining sheet of their own, which only they and "
                "the supervisor see.",
                many(terms),
            )
        )
    if terms.form in (Form.GROUP, Form.COMMUNITY):
        yield Text(
            _(
                "Somebody who joins later accepts these terms when joining. The parties are told that the number "
                "changes."
            )
        )


def _business_id(number: str) -> str:
    return _("Business ID %(number)s") % {"number": number} if number else ""


def _address(street: str, postcode: str, city: str) -> str:
    return _joined(street.strip(), f"{postcode} {city}".strip())


def _joined(*texts: str) -> str:
    return ", ".join(text for text in texts if text)


def _called(party: Party, terms: ContractTerms) -> str:
    return party.name or ngettext("the supervisee", "the supervisees", many(terms))


def _supervisees(terms: ContractTerms) -> tuple[str, ...]:
    if terms.supervisee_names:
        return terms.supervisee_names
    if not terms.supervisees:
        return (_("the members of the work community"),) if terms.form == Form.COMMUNITY else (_("named later"),)
    return (ngettext("%(count)d person", "%(count)d persons", terms.supervisees) % {"count": terms.supervisees},)


def _form(terms: ContractTerms) -> str:
    parts = [str(Form(terms.form).label)]
    if terms.focus != Focus.GENERAL:
        parts.append(_("focus: %(focus)s") % {"focus": Focus(terms.focus).label})
    parts.append(str(Process(terms.process).label))
    return capital(", ".join(parts))


def purpose(terms: ContractTerms) -> Iterator[Block]:
    yield Text(
        _(
            "Supervision is looking at one's own work, its role and its community together with a trained "
            "supervisor. It starts from the questions, experiences and feelings that work gives rise to, and "
            "aims at understanding, a clearer professional identity and better co-operation."
        )
    )
    yield Text(
        {
            Form.INDIVIDUAL: _(
                "In individual supervision the supervisee chooses what is looked at, within the goals of this contract."
            ),
            Form.PAIR: _(
                "In pair supervision both supervisees bring questions of their own and of their work together."
            ),
            Form.GROUP: _(
                "In group supervision the supervisees learn from one another's work as well as from their own."
            ),
            Form.COMMUNITY: _(
                "In work-community supervision those who work together look at their shared task, its roles and "
                "their co-operation. Individuals are not assessed."
            ),
        }[Form(terms.form)]
    )
    focus = {
        Focus.LEADERSHIP: _("The focus is on the work of leading: the manager's role, decisions and responsibility."),
        Focus.CRISIS: _(
            "The supervision is begun because of a crisis. Its first aim is that those concerned can work on "
            "safely. It does not replace crisis treatment or occupational health care."
        ),
        Focus.SITUATIONAL: _("The supervision concerns one situation and ends when it has been worked through."),
        Focus.TOTO: _(
            "The supervisees are supervisors themselves; what is looked at is their own work of supervising."
        ),
    }.get(Focus(terms.focus))
    if focus:
        yield Text(focus)
    yield Text(
        _(
            "Supervision is not therapy, and it does not take over leadership: decisions about work stay with "
            "those whose task they are. The supervisor keeps to the ethical principles of the profession and "
            "to the limits of their own competence, is loyal to supervisees and client organisation alike, "
            "and has told of earlier contacts that could affect their independence."
        )
        if terms.client
        else _(
            "Supervision is not therapy: decisions about work stay with those whose task they are. The "
            "supervisor keeps to the ethical principles of the profession and to the limits of their own "
            "competence, and has told of earlier contacts that could affect their independence."
        )
    )


def order(terms: ContractTerms) -> Iterator[Block]:
    rows = [
        (_("Framework agreement"), terms.framework_reference),
        (_("Order number"), terms.order_reference),
        (_("Experience that is asked for"), terms.required_experience),
    ]
    said = tuple((label, (value,)) for label, value in rows if value.strip())
    if said:
        yield Facts(said)
    if terms.framework_reference.strip():
        yield Text(
            _(
                "This contract is made under the framework agreement. Where they differ, the framework agreement "
                "applies to price and ordering, and this contract to confidentiality and to what the client "
                "organisation is told."
            )
        )
    if terms.required_experience.strip():
        yield Text(_("The supervisor states that they have the experience that is asked for."))


def levels(terms: ContractTerms) -> Iterator[Block]:
    """What each goal looks like at its five levels, where that was put into words."""
    described = [(goal.text, goal.levels) for goal in terms.goals if goal.levels]
    if described:
        yield Text(_("How far a goal is reached is told by these levels. 0 is what is expected."))
        yield Facts(
            tuple(
                (text, tuple(f"{signed(level)}: {each}" for level, each in zip(LEVELS, words, strict=True)))
                for text, words in described
            )
        )


def goals(terms: ContractTerms) -> Iterator[Block]:
    aims = any(goal.aim.strip() for goal in terms.goals)
    if terms.goals:
        headings = (_("Theme"), _("Goal"), *([_("Aim of the organisation it serves")] if aims else []))
        order = {theme: index for index, theme in enumerate(Theme.values)}
        yield Table(
            headings,
            tuple(
                (capital(str(Theme(goal.theme).label)), goal.text, *([goal.aim or "–"] if aims else []))
                for goal in sorted(terms.goals, key=lambda goal: order[goal.theme])
            ),
        )
        yield from levels(terms)
    elif terms.process != Process.SINGLE:
        yield Text(
            _("The shared goals are agreed in the first sessions and written down as a new version of this contract.")
        )
    else:
        yield Text(_("What the session is for is agreed at its beginning."))
    if terms.client and terms.client.stated_aims.strip():
        yield Text(_("The client organisation has stated these aims and values, which the supervision serves:"))
        yield Points(paragraphs(terms.client.stated_aims))
    yield Text(
        _(
            "A supervisee may have goals of their own as well. Only that supervisee and the supervisor see "
            "them, and they are no part of this contract."
        )
    )
