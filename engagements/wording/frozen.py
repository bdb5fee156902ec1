"""The words of a contract as data: written down when it is offered, read back for every page and paper afterwards."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import fields
from typing import Any, Final

from engagements.wording.blocks import Block, Clause, Facts, Points, Table, Text

KINDS: Final = {kind.kind: kind for kind in (Text, Points, Facts, Table)}


def freeze(clauses: Iterable[Clause]) -> list[dict[str, Any]]:
    """Return the clauses as JSON values. Places to sign are no words: they follow from who has signed."""
    return [
        {
            "number": clause.number,
            "key": clause.key,
            "heading": clause.heading,
            "blocks": [_plain(block) for block in clause.blocks],
        }
        for clause in clauses
    ]


def thaw(frozen: Sequence[Any]) -> tuple[Clause, ...]:
    """Return the clauses that `freeze` wrote. Raises ValueError when they are of another shape."""
    try:
        return tuple(
            Clause(clause["number"], clause["key"], clause["heading"], tuple(map(_block, clause["blocks"])))
            for clause in frozen
        )
    except (KeyError, TypeError) as error:
        raise ValueError(f"These are not the words of a contract: {error!r}") from error


def digest(frozen: Sequence[Any]) -> str:
    """Return the SHA-256 of the words as canonical JSON, 64 hexadecimal digits."""
    written = json.dumps(frozen, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(written.encode()).hexdigest()


def _plain(block: Block) -> dict[str, Any]:
    return {"kind": block.kind, **{field.name: _listed(getattr(block, field.name)) for field in fields(block)}}


def _listed(value: Any) -> Any:
    return [_listed(each) for each in value] if isinstance(value, tuple) else value


def _block(frozen: dict[str, Any]) -> Block:
    kind = KINDS[frozen["kind"]]
    return kind(**{field.name: _tupled(frozen[field.name]) for field in fields(kind)})


def _tupled(value: Any) -> Any:
    return tuple(_tupled(each) for each in value) if isinstance(value, list) else value
