"""One installation at one address, through all that becomes of its processes."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from framework.testing.until import PATIENCE, until
from tests.benchmarks.process import free_port
from tests.faults.system import System, begin, complaint
from tests.soak.tables import Tables

# A dead worker is missed after some seconds, and the log is not so large that any of it is dropped.
PACE = {
    "DSPEX_LEASE_SECONDS": "6",
    "DSPEX_HEARTBEAT_SECONDS": "1.5",
    "DSPEX_POLL_SECONDS": "0.5",
    "DSPEX_LOG_FILE_BYTES": "1000000000",
}
# So often it may give up before it is ready.
PATIENT = 20


@dataclass(slots=True)
class Place:
    """The system that runs now, and those that were killed before it."""

    data: Path
    port: str
    system: System
    earlier: list[System] = field(default_factory=list)
    gave_up: list[str] = field(default_factory=list)
    unaltered: list[str] = field(default_factory=list)

    @classmethod
    async def opened(cls, data: Path) -> Place:
        """An installation in the folder, ready."""
        port = str(free_port())
        place = cls(data, port, await begin(data, port=port, **PACE))
        await place.until_ready()
        return place

    @property
    def tables(self) -> Tables:
        """Its database."""
        return Tables(self.data)

    @property
    def url(self) -> str:
        """Where it answers, whenever it does."""
        return f"http://127.0.0.1:{self.port}"

    async def until_ready(self) -> float:
        """Waits until the API says that it serves; how many seconds that took."""
        began = time.monotonic()
        await until(self.ready, seconds=PATIENCE)
        return time.monotonic() - began

    async def until_gone(self) -> float:
        """Waits until nothing of the system is left that has lost its first process; how many seconds that took."""
        began = time.monotonic()
        await self.system.waited.wait()
        await until(lambda: not self.system.left(), seconds=PATIENCE)
        return time.monotonic() - began

    async def begin_again(self) -> None:
        """Starts it anew, as somebody would whose machine went down."""
        self.earlier.append(self.system)
        self.system = await begin(self.data, port=self.port, **PACE)

    async def ready(self) -> bool:
        """Whether it serves. One that could not be started, as its servers were killed meanwhile, is started again."""
        if self.system.waited.returncode is not None:
            if self.system.ready or len(self.gave_up) >= PATIENT:
                raise RuntimeError(f"`dspex up` ended by itself:\n{complaint(self.data)}")
            self.gave_up.append(complaint(self.data))
            await self.begin_again()
        try:
            async with httpx.AsyncClient(trust_env=False) as client:
                return (await client.get(f"{self.url}/readyz", timeout=10)).is_success
        except httpx.TransportError:
            return False

    def logs(self, name: str) -> str:
        """All that a process has logged."""
        return self.system.log(name)
