"""The pulse of a worker: it beats while it waits for its servers, and not while its loop is held."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from framework.processes import pulse
from framework.processes.pulse import Pulse
from framework.testing.logged import logged
from workers import going_on
from workers.going_on import FilePulse, GoingOn


def test_it_beats_until_its_loop_takes_messages_and_does_not_come_by(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(going_on, "SILENT_SECONDS", -1.0)
    monkeypatch.setattr(pulse, "EVERY_SECONDS", 0.0)
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    going = GoingOn(Pulse(writing))

    def beats() -> bool:
        going.look()
        try:
            return os.read(reading, 100) == b"."
        except BlockingIOError:
            return False

    assert beats()
    going.come_by()
    assert not beats()
    going.rest()
    assert beats()
    os.close(reading)
    # Whoever listened has gone: that is no reason to stop.
    going.look()
    os.close(writing)


def test_a_file_is_touched_while_it_goes_on_and_one_that_cannot_be_ends_nothing(tmp_path: Path) -> None:
    file = tmp_path / "pulse"
    GoingOn(FilePulse(file, Pulse())).look()
    assert file.exists()
    going = GoingOn(FilePulse(tmp_path / "nowhere" / "pulse", Pulse()))
    with logged() as lines:
        for _ in range(3):
            going.look()
    assert [line["event"] for line in lines] == ["worker.pulse_not_shown"]
