"""What the worker does in tests, in a database of their own, and a process whose people it asks."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

from audit.connecting import as_role
from audit.roles import Role


@pytest.fixture
def as_worker() -> Callable[[], AbstractContextManager[None]]:
    return lambda: as_role(Role.WORKER)


@pytest.fixture
def agreed(cast: Any, agree_anew: Any) -> Any:
    """The cast, with a contract that names a baseline, a half-yearly and a final evaluation."""
    from audit import asking

    asking.become(cast.lead)
    agree_anew(cast.engagement, evaluation_baseline=True, evaluation_interim="half_yearly", evaluation_final=True)
    return cast
