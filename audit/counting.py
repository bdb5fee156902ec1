"""Counts for who watches over an installation: how often and how long, never what or whose. Kept in Valkey.

Every process of every machine adds to the same ones. They may be lost with Valkey: whoever reads counters of Prometheus
knows that these can begin anew. Where Valkey does not answer, nothing is counted and nothing else fails.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import lru_cache
from typing import Any, Final

from django.conf import settings
from redis import Redis
from redis.exceptions import RedisError

NAME: Final = "counts"
#: Upper bounds of the classes in which seconds are counted.
BOUNDS: Final[Sequence[float]] = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
#: A count is worth no waiting.
SECONDS: Final = 0.5


@lru_cache(maxsize=1)
def valkey() -> "Redis":
    return Redis.from_url(
        settings.REDIS_URL, socket_timeout=SECONDS, socket_connect_timeout=SECONDS, decode_responses=True
    )


def add(name: str) -> None:
    """Count one more of `name`."""
    with suppress(RedisError):
        valkey().hincrby(NAME, name, 1)


def request_failed(**_: Any) -> None:
    """A request ended in an error that nobody caught."""
    add("failed request")


@contextmanager
def timed(name: str) -> Iterator[None]:
    """Count one more of `name`, and how long it took; also when it fails."""
    begun = time.perf_counter()
    try:
        yield
    finally:
        observe(name, time.perf_counter() - begun)


def observe(name: str, seconds: float) -> None:
    with suppress(RedisError):
        pipe = valkey().pipeline(transaction=False)
        pipe.hincrby(NAME, f"{name} count", 1)
        pipe.hincrbyfloat(NAME, f"{name} sum", seconds)
        for bound in BOUNDS:
            if seconds <= bound:
                pipe.hincrby(NAME, f"{name} {bound}", 1)
        pipe.execute()


def counted() -> dict[str, float]:
    """Return everything that was counted, by name; nothing when Valkey does not answer."""
    try:
        return {str(name): float(value) for name, value in valkey().hgetall(NAME).items()}
    except RedisError:
        return {}
