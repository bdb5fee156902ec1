"""What is held on somebody and not shown on their page: why not, and how they can ask."""

from dataclasses import dataclass

from django.utils.translation import gettext as _


@dataclass(frozen=True)
class Withheld:
    key: str
    title: str
    paragraphs: list[str]


def withheld() -> list[Withheld]:
    """GDPR 15(4), 23; Data Protection Act 1050/2018, section 34."""
    return [
        Withheld(
            "notes",
            _("A supervisor’s own notes"),
            [
                _(
                    "A supervisor may keep notes of their own. They are sealed with a key that only their author has: "
                    "nobody else can open them, and so they cannot be collected here, nor can it be told whether there "
                    "are any."
                ),
                _(
                    "As far as such a note speaks of you, it is data about you. Your right to see it ends where it "
                    "would violate the rights of others (GDPR 15(4)), or where it could seriously endanger your health "
                    "or care, or somebody’s rights (Data Protection Act 1050/2018, section 34)."
                ),
                _(
                    "Ask, and your request goes to the author of the notes and to nobody else. They read what they "
                    "have written of you, decide, and write you the answer with its grounds within a month. If you do "
                    "not agree, the Data Protection Ombudsman can look at it for you."
                ),
            ],
        ),
        Withheld(
            "others",
            _("Data of others"),
            [
                _(
                    "What others have said, answered or written is theirs, also where it was said in the same process: "
                    "it is not in your data (GDPR 15(4))."
                )
            ],
        ),
    ]
