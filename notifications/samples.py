"""What stands in the samples of mails that the product shows: a Wednesday in January, and links that lead home."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from formats.clock import HELSINKI

STARTS: Final = datetime(2027, 1, 13, 9, 0, tzinfo=HELSINKI)
TIMES: Final[Mapping[str, Any]] = {"starts_at": STARTS, "ends_at": STARTS + timedelta(minutes=90)}
EARLIER: Final = STARTS - timedelta(days=1)
DAY: Final = STARTS.date()
