"""What became of a round, in words. No sentence tells a number, nor whose answer was missing."""

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from evaluations.models import Mode, Outcome, Round

OUTCOMES: Final[Mapping[str, Promise]] = {
    Outcome.SHOWN: _("The results are there to be read."),
    Outcome.FEW: _("Nothing is shown: there were too few answers for nobody's to be told apart."),
    Outcome.NEAR: _(
        "Only what was written in own words is shown: beside an earlier evaluation, figures could point at one person."
    ),
    Outcome.REFUSED: _("Nothing is shown: not everybody answered and agreed to it. The answers are destroyed."),
    Outcome.NOBODY: _("Nothing is shown: no answers came in."),
}
#: Outcomes of which there is a page.
READABLE: Final = frozenset({Outcome.SHOWN, Outcome.NEAR})


def outcome_words(round_: Round) -> str:
    """Return in one sentence what of a closed round is shown; "" while it is not closed."""
    if round_.outcome == Outcome.REFUSED and round_.mode == Mode.NAMED:
        return gettext("Nothing is shown: it was not agreed to. The answers are destroyed.")
    return str(OUTCOMES.get(round_.outcome, ""))
