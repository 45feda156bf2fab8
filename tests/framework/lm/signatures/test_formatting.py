"""The text form of a signature, written."""

from __future__ import annotations

from framework.lm.signatures.formatting import format_signature
from framework.lm.signatures.grammar import parse_signature


def test_one_text_for_each_signature() -> None:
    messy = """question : str, n:int[ 1 .. 10 ]=3'how "many"', f: float[-1.0..2.50] = 1, # limits
      tags: Optional[ list[ str[..3] ][1..] ] = null, -> who: {name: str "full", age: int = 3,},
      team: Literal["it's", 2, true], all: dict[str,Embedding[3]]"""
    assert format_signature(parse_signature(messy)) == (
        'question, n: int[1..10] = 3 "how \\"many\\"", f: float[-1..2.5] = 1.0, '
        "tags: list[str[..3]][1..] | None = null -> "
        "who: {name \"full\", age: int = 3}, team: Literal['it\\'s', 2, True], all: dict[str, Embedding[3]]"
    )
