"""What only one installation can have."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from framework.cli.single_instance import free_port, locked_data_dir
from framework.errors import Conflict, Unavailable


def test_a_data_folder_is_held_by_one_at_a_time(tmp_path: Path) -> None:
    with (
        locked_data_dir(tmp_path),
        pytest.raises(Conflict, match=f"process {os.getpid()} runs an installation in"),
        locked_data_dir(tmp_path),
    ):
        pass
    with locked_data_dir(tmp_path):
        pass


def test_a_port_that_is_taken_is_refused() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(Unavailable, match=f"nothing can listen on 127.0.0.1:{port}"):
            free_port("127.0.0.1", port)
    assert free_port("127.0.0.1", port) == port


def test_for_port_0_one_is_chosen() -> None:
    assert free_port("127.0.0.1", 0) > 1023


def test_a_folder_that_cannot_be_written_to_is_told_and_what_to_do() -> None:
    with (
        pytest.raises(Unavailable, match=r"nothing can be written to the data folder /proc/\d+/task") as told,
        locked_data_dir(Path("/proc/self/task")),
    ):
        pass
    assert told.value.issues[0].hint == "choose another one with DSPEX_DATA_DIR"


def test_a_lock_that_cannot_be_opened_is_told(tmp_path: Path) -> None:
    (tmp_path / "up.lock").mkdir()
    with pytest.raises(Unavailable, match=r"up\.lock cannot be opened: Is a directory"), locked_data_dir(tmp_path):
        pass
