"""A figure: one thing measured, beside what it is held against in the same run."""

import json
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Figure:
    """`value` in `unit`, the `limit` or peer in the same unit, their `ratio`, and the goal for the ratio.

    The ratio is value ÷ limit; `at_most` says whether it may not lie above the goal or not below it.
    """

    name: str
    value: float
    unit: str
    limit: float
    goal: float
    at_most: bool = True

    @property
    def ratio(self) -> float:
        return self.value / self.limit if self.limit else float("inf")

    @property
    def ok(self) -> bool:
        return self.ratio <= self.goal if self.at_most else self.ratio >= self.goal

    def line(self) -> str:
        goal = f"{'≤' if self.at_most else '≥'} {self.goal:g}"
        verdict = "ok" if self.ok else "short"
        return (
            f"{self.name:44} {self.value:10.2f} {self.unit:9} {self.limit:10.2f} {self.ratio:7.2f}  {goal:8} {verdict}"
        )

    def as_json(self) -> str:
        return json.dumps(asdict(self) | {"ratio": round(self.ratio, 4), "ok": self.ok}, ensure_ascii=False)


HEAD = f"{'name':44} {'value':>10} {'unit':9} {'limit':>10} {'ratio':>7}  {'goal':8} "


def side_by_side(works: Sequence[Callable[[], object]], rounds: int) -> list[float]:
    """Return the median seconds of each work, all run in turn: what slows the machine meanwhile slows all of them."""
    took: list[list[float]] = [[] for _ in works]
    for _ in range(rounds):
        for times, work in zip(took, works, strict=True):
            begun = time.perf_counter()
            work()
            times.append(time.perf_counter() - begun)
    return [statistics.median(times) for times in took]
