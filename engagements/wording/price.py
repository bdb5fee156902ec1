"""What it costs, with VAT, travel and time to pay."""

from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from engagements.models import Process, VatClass
from engagements.models.terms import Travel, Unit
from engagements.terms import ContractTerms
from engagements.wording.blocks import Block, Facts, Text, lines_of, paragraphs
from formats.money import write_money
from formats.numbers import write_percent


def price(terms: ContractTerms) -> Iterator[Block]:
    rows: list[tuple[str, tuple[str, ...]]] = []
    if terms.price is None:
        yield Text(_("The price is agreed separately in writing before the first session that is charged."))
    elif not terms.price:
        yield Text(_("The supervision is free of charge."))
    else:
        rows.append((_("Price"), _price_lines(terms)))
        if total := _total(terms):
            rows.append((_("Altogether"), total))
    if terms.price != 0:
        rows.append((_("VAT"), (_vat(terms),)))
        if terms.vat_reason.strip():
            rows.append((_("Ground"), (terms.vat_reason,)))
    rows.append((_("Travel"), _travel(terms)))
    if terms.payment_days is not None:
        days = ngettext(
            "%(count)d day from the date of the invoice",
            "%(count)d days from the date of the invoice",
            terms.payment_days,
        )
        rows.append((_("Time to pay"), (days % {"count": terms.payment_days},)))
    if terms.client:
        client = terms.client
        if client.invoicing_reference.strip():
            rows.append((_("Reference on invoices"), (client.invoicing_reference,)))
        if client.invoicing_address.strip():
            rows.append((_("Invoicing address"), paragraphs(client.invoicing_address)))
        if client.einvoice_address.strip():
            rows.append((_("E-invoice"), lines_of(client.einvoice_address, client.einvoice_operator)))
    yield Facts(tuple(rows))
    if terms.price_review.strip():
        yield Text(_("Review of the price: %(review)s") % {"review": terms.price_review})
    elif terms.price:
        yield Text(_("The price holds for all sessions that are agreed in this contract."))
    if terms.price != 0:
        yield Text(
            _(
                "Sessions are invoiced after they have been held. An invoice carries dates, numbers and sums, "
                "never names of supervisees or topics. Interest on late payment follows the Interest Act "
                "(633/1982)."
            )
        )


def _price_lines(terms: ContractTerms) -> tuple[str, ...]:
    price = terms.price or Decimal(0)
    per = {
        Unit.SESSION: _("%(price)s per session"),
        Unit.HOUR: _("%(price)s per 60 minutes"),
        Unit.TRAINING_HOUR: _("%(price)s per 45 minutes"),
        Unit.WHOLE: _("%(price)s for the whole process"),
    }[Unit(terms.price_per)]
    lines = [per % {"price": _with_vat(price, terms)}]
    session = _of_session(terms)
    if session is not None and terms.price_per in (Unit.HOUR, Unit.TRAINING_HOUR):
        lines.append(
            _("A session of %(minutes)d minutes: %(price)s")
            % {"minutes": terms.minutes, "price": _with_vat(session, terms)}
        )
    return tuple(lines)


def _with_vat(net: Decimal, terms: ContractTerms) -> str:
    """Return `190,00 € + VAT 25,5 % = 238,45 €`, or the sum alone where no VAT is added."""
    if not terms.vat_rate:
        return write_money(net)
    gross = _cents(net * (1 + terms.vat_rate / 100))
    return _("%(net)s + VAT %(rate)s = %(gross)s") % {
        "net": write_money(net),
        "rate": write_percent(terms.vat_rate),
        "gross": write_money(gross),
    }


def _of_session(terms: ContractTerms) -> Decimal | None:
    """Return what one session costs without VAT, or None when its length or price says nothing of it."""
    if terms.price is None or terms.price_per == Unit.WHOLE:
        return None
    if terms.price_per == Unit.SESSION:
        return terms.price
    if not terms.minutes:
        return None
    unit = 60 if terms.price_per == Unit.HOUR else 45
    return _cents(terms.price * terms.minutes / unit)


def _total(terms: ContractTerms) -> tuple[str, ...]:
    session = _of_session(terms)
    count = 1 if terms.process == Process.SINGLE else terms.sessions_agreed or 0
    if terms.trial_free:
        count -= terms.trial_sessions
    if session is None or count < 2:
        return ()
    text = ngettext(
        "%(count)d session that is charged: %(price)s", "%(count)d sessions that are charged: %(price)s", count
    )
    return (text % {"count": count, "price": _with_vat(session * count, terms)},)


def _cents(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


def _vat(terms: ContractTerms) -> str:
    match VatClass(terms.vat_class):
        case VatClass.STANDARD:
            return _(
                "%(rate)s is added (VAT Act 1501/1993). If the rate is changed by law, the rate in force on the "
                "day of the session applies."
            ) % {"rate": write_percent(terms.vat_rate or Decimal(0))}
        case VatClass.SMALL:
            return _(
                "No VAT is added: the turnover of the service provider is below the small-business limit (VAT Act "
                "1501/1993, § 3). Should the service provider become liable to VAT, the parties agree on the price "
                "anew."
            )
        case VatClass.HEALTH:
            return _("No VAT is added: the service is exempt as a health care service (VAT Act 1501/1993, §§ 34–36).")
        case VatClass.EXEMPT:
            return _("No VAT is added: the service is exempt on the ground stated here.")


def _travel(terms: ContractTerms) -> tuple[str, ...]:
    lines = [
        {
            Travel.NONE: _("No travel costs are charged."),
            Travel.INCLUDED: _("Travel costs are included in the price."),
            Travel.KILOMETRES: _("Travel is charged at %(rate)s per kilometre.")
            % {"rate": write_money(terms.kilometre_rate or Decimal(0))},
            Travel.RECEIPTS: _("Travel is charged at cost, by receipts."),
        }[Travel(terms.travel)]
    ]
    if terms.travel_time_price:
        lines.append(
            _("Travelling time is charged at %(price)s per hour.") % {"price": write_money(terms.travel_time_price)}
        )
    elif terms.travel in (Travel.KILOMETRES, Travel.RECEIPTS):
        lines.append(_("Travelling time is not charged."))
    if terms.travel in (Travel.KILOMETRES, Travel.RECEIPTS) or terms.travel_time_price:
        lines.append(_("The VAT of travel follows that of the service."))
    return tuple(lines)
