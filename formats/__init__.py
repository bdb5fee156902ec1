"""How Finns write dates, times, money and names: reading and writing."""

from formats.unreadable import Unreadable

__all__ = ["Unreadable"]
