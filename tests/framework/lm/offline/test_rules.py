from __future__ import annotations

from framework.lm.offline.rules import learn, merge, read_rules, support, without_rules, write_rules

SEEN = [
    ("refund the invoice", {"team": "billing"}),
    ("refund the parcel", {"team": "billing"}),
    ("lost parcel", {"team": "shipping"}),
    ("parcel damaged", {"team": "shipping"}),
]


def test_rules_are_the_same_after_being_written_and_read() -> None:
    text = write_rules(learn(SEEN), limit=5)
    assert write_rules(read_rules(text), limit=5) == text


def test_a_word_speaks_for_the_label_it_is_seen_with_most() -> None:
    rules = read_rules(write_rules(learn(SEEN), limit=5))
    assert support(rules, "team", label="billing", text="a refund") > support(
        rules, "team", label="shipping", text="a refund"
    )
    assert support(rules, "team", label="nobody", text="a refund") == 0


def test_counts_add_up() -> None:
    assert merge(learn(SEEN), learn(SEEN))["team"]["billing"]["refund"] == 4


def test_long_texts_and_many_values_are_no_labels() -> None:
    assert learn([("a", {"answer": "x" * 100})]) == {}
    assert learn([(f"w{i}", {"id": str(i)}) for i in range(50)]) == {}


def test_an_instruction_is_found_again_below_its_rules() -> None:
    assert without_rules(f"Route it.\n{write_rules(learn(SEEN), limit=5)}") == "Route it."
