"""One suite for every layer that keeps records."""

from __future__ import annotations

from framework.testing.contract.reading import ReadingContract
from framework.testing.contract.refusing import RefusingContract
from framework.testing.contract.rules import RulesContract
from framework.testing.contract.scoping import ScopingContract
from framework.testing.contract.transacting import TransactingContract
from framework.testing.contract.writing import WritingContract


class TestReading(ReadingContract):
    """What a layer answers."""


class TestWriting(WritingContract):
    """What a layer keeps."""


class TestRefusing(RefusingContract):
    """What a layer refuses."""


class TestTransacting(TransactingContract):
    """What a layer does together or not at all."""


class TestRules(RulesContract):
    """What a layer upholds over what is worked out."""


class TestScoping(ScopingContract):
    """What a layer shows to those who may not see all."""
