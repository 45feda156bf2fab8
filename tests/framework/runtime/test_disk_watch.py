"""Looking at a disk: whatever it does, the loop goes on."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from framework.runtime import disk_watch
from framework.runtime.disk_watch import HANGS, Disk, DiskWatch
from framework.testing.until import PATIENCE, until


class Hanging(type(Path())):  # type: ignore[misc]
    """A folder on a disk that does not answer before it moves again."""

    moving = threading.Event()

    def exists(self, *, follow_symlinks: bool = True) -> bool:
        self.moving.wait(PATIENCE)
        return bool(super().exists())


async def test_a_disk_that_hangs_is_told_and_asked_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk_watch, "LOOK_SECONDS", 0.01)
    watch = DiskWatch(Hanging(tmp_path))
    assert [await watch.look() for _ in range(3)] == [Disk(is_there=True, fault=HANGS)] * 3
    assert sum(thread.name == "disk-watch" for thread in threading.enumerate()) == 1
    Hanging.moving.set()

    async def found() -> bool:
        disk = await watch.look()
        return disk.is_there and disk.fault is None and disk.free_bytes is not None

    await until(found)


async def test_without_a_folder_there_is_nothing_to_tell(tmp_path: Path) -> None:
    assert await DiskWatch(tmp_path / "none").look() == Disk(is_there=False)
