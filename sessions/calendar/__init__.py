"""A supervisor's calendar: what they lead and where they are supervised themselves, for a week, a month, an agenda.

What a page shows is collected into frozen dataclasses of ready strings: a template then only places them. Days and
clocks are those on the wall in Helsinki.
"""

from sessions.calendar.days import FIRST_DAY, LAST_DAY, calendar_url
from sessions.calendar.pages import Agenda, Month, Week, agenda_from, month_of, week_of

__all__ = ["FIRST_DAY", "LAST_DAY", "Agenda", "Month", "Week", "agenda_from", "calendar_url", "month_of", "week_of"]
