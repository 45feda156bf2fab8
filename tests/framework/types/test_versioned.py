"""Models whose stored form changes: read in every form they had, written in the newest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import pytest
from pydantic import BaseModel

from framework.types.resolve import resolve
from framework.types.versioned import Upgrade, Versioned


def add_currency(form: dict[str, Any]) -> dict[str, Any]:
    return {**form, "currency": "EUR"}


def split_name(form: dict[str, Any]) -> dict[str, Any]:
    first, _, last = form.pop("name").partition(" ")
    return {**form, "first": first, "last": last}


class Settings(Versioned):
    upgrades: ClassVar[Sequence[Upgrade]] = (add_currency, split_name)

    first: str
    last: str
    currency: str
    note: str = ""


class Team(BaseModel):
    lead: Settings
    others: dict[str, list[Settings]] = {}


OLDEST, MIDDLE = {"name": "Ada Lovelace"}, {"name": "Ada Lovelace", "currency": "GBP", "$version": 2}
ADA = Settings(first="Ada", last="Lovelace", currency="EUR")


def test_every_form_reads_and_the_newest_is_kept_with_its_version() -> None:
    kind = resolve(Settings)
    assert kind.read_kept(OLDEST) == (ADA, ())
    assert kind.read_kept(MIDDLE)[0].currency == "GBP"
    kept = kind.dump_to_keep(ADA)
    assert kept == {"first": "Ada", "last": "Lovelace", "currency": "EUR", "note": "", "$version": 3}
    assert kind.read_kept(kept) == (ADA, ())
    # What was given to an upgrade is nobody else's.
    assert OLDEST == {"name": "Ada Lovelace"}


def test_a_version_is_seen_by_nobody_who_sends_or_is_shown_a_value() -> None:
    kind = resolve(Settings)
    assert kind.dump(ADA) == {"first": "Ada", "last": "Lovelace", "currency": "EUR", "note": ""}
    assert "$version" not in str(kind.json_schema())
    for sent, codes in (
        (OLDEST, {"unknown_input"}),
        ({**kind.dump(ADA), "$version": 3}, {"unknown_input"}),
        ({"first": "Ada", "last": 7, "currency": "EUR"}, {"string_type"}),
    ):
        assert {issue.code for issue in kind.cast(sent)[1]} == codes


def test_a_model_within_others_is_upgraded_where_it_stands() -> None:
    kind = resolve(dict[str, Team])
    stored = {"a": {"lead": OLDEST, "others": {"b": [MIDDLE, OLDEST]}}}
    value, issues = kind.read_kept(stored)
    assert issues == ()
    assert (value["a"].lead, value["a"].others["b"][1]) == (ADA, ADA)
    assert kind.dump_to_keep(value)["a"]["others"]["b"][0]["$version"] == 3
    assert "$version" not in str(kind.dump(value))


@pytest.mark.parametrize(
    ("stored", "code", "says"),
    [
        ({"$version": 4}, "stored_by_newer", "was stored as version 4 of `Settings`, of which this program knows 3"),
        ({"$version": "x"}, "stored_by_newer", "was stored as version x of `Settings`, of which this program knows 3"),
        ({"no": "name"}, "stored_upgrade", "the upgrade of `Settings` from version 2 raised KeyError"),
    ],
)
def test_a_form_that_cannot_be_read_is_told(stored: dict[str, Any], code: str, says: str) -> None:
    _, (issue,) = resolve(Settings).read_kept(stored)
    assert (issue.code, issue.message) == (code, says)


def test_a_model_without_upgrades_is_kept_as_it_is() -> None:
    class Plain(Versioned):
        note: str = "new"

    kind = resolve(Plain)
    assert (kind.read_kept({}), kind.dump_to_keep(Plain())) == ((Plain(), ()), {"note": "new"})
