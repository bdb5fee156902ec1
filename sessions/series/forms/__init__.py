"""The forms of a series, in the order in which people meet them."""

from sessions.series.forms.booking import Dates, RuleForm
from sessions.series.forms.changes import Cancellations, Moves, Places, ShiftForm
from sessions.series.forms.rows import with_one_more

__all__ = ["Cancellations", "Dates", "Moves", "Places", "RuleForm", "ShiftForm", "with_one_more"]
