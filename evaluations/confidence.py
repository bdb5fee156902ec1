"""In which confidence people answer, in one sentence: the same words before the first question and on every page."""

from typing import Final

from django.utils.translation import gettext_lazy as _

from evaluations.models import Mode, QuestionnaireKind

#: The client's contact answers by name like a supervisee does, but more people see it.
ORDERER: Final = "orderer"

TO_RESPONDENT: Final = {
    Mode.ANONYMOUS: _(
        "Anonymous: nobody can tell which answers are yours, not even your supervisor, and results are shown only when"
        " at least %(threshold)s have answered."
    ),
    Mode.CODED: _(
        "Confidential: your answers carry a code instead of your name, which pairs only your own answers over time, and"
        " results are shown only when at least %(threshold)s have answered."
    ),
    Mode.NAMED: _(
        "By name: when you answer, you agree that the supervisors of this process see your answers as yours, and nobody"
        " else does."
    ),
    Mode.SHARED: _(
        "Shared within the group: the group and its supervisors see the answers without names, once everybody has"
        " answered and agreed to it, and the client never does."
    ),
    Mode.OWN: _("Your own: nobody but you sees your answers."),
    ORDERER: _(
        "By name: when you answer, you agree that the supervisors and the supervisees of this process see your answers"
        " as yours."
    ),
}
TO_SUPERVISOR: Final = {
    Mode.ANONYMOUS: _(
        "Anonymous: nobody can tell who answered what, and results are shown only when at least %(threshold)s have"
        " answered."
    ),
    Mode.CODED: _(
        "Confidential: answers carry a code instead of a name, which pairs the answers of one person over time, and"
        " results are shown only when at least %(threshold)s have answered."
    ),
    Mode.NAMED: _("By name: the supervisors of this process see the answers with the supervisee's name, by consent."),
    Mode.SHARED: _(
        "Shared within the group: the group and its supervisors see the answers without names, once everybody has"
        " answered and agreed to it, and the client never does."
    ),
    Mode.OWN: _("Your own: nobody but you sees your answers."),
    ORDERER: _(
        "By name: the supervisors and the supervisees of this process see what the client's contact answers, by"
        " consent."
    ),
}


def sentence(mode: str, kind: str, threshold: int, *, to_respondent: bool) -> str:
    """Return in one sentence who will see the answers to a round of `kind` in `mode`, and from how many on.

    Raises KeyError for a mode that does not exist.
    """
    of_client = kind == QuestionnaireKind.ORDERER and mode == Mode.NAMED
    words = (TO_RESPONDENT if to_respondent else TO_SUPERVISOR)[ORDERER if of_client else mode]
    return str(words) % {"threshold": threshold}
