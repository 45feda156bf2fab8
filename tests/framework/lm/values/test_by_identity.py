from __future__ import annotations

from framework.lm.values.by_identity import ByIdentity


def test_the_same_values_are_made_once_and_equal_ones_again() -> None:
    kept = ByIdentity[object](size=4)
    name, state = "triage", {"self": 1}
    first = kept.get(name, state, make=object)
    assert kept.get(name, state, make=object) is first
    assert kept.get(name, dict(state), make=object) is not first


def test_the_least_recently_used_is_given_up() -> None:
    kept = ByIdentity[object](size=2)
    values = [[n] for n in range(3)]
    first, second = kept.get(values[0], make=object), kept.get(values[1], make=object)
    assert kept.get(values[0], make=object) is first
    kept.get(values[2], make=object)
    assert len(kept) == 2
    assert kept.get(values[0], make=object) is first
    assert kept.get(values[1], make=object) is not second


def test_a_value_that_its_owner_let_go_is_never_taken_for_a_new_one() -> None:
    kept = ByIdentity[list[int]](size=1_000)
    for n in range(500):
        assert kept.get([n], make=lambda n=n: [n]) == [n]  # type: ignore[misc]  # mypy cannot type the default
