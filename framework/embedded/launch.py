"""The step between the keeper and a server: take on the server's account, tie its life to the keeper's, become it.

Run as a file by a bare interpreter (`python -I -S launch.py ORDER`), so it imports the standard library alone.
"""

from __future__ import annotations

import ctypes
import json
import os
import sys
from typing import Any

# <linux/prctl.h>
PR_SET_PDEATHSIG = 1


def become(order: dict[str, Any]) -> None:
    """Turn this process into the ordered command; it returns only by an exception."""
    os.umask(0o077)
    if order["uid"] is not None:
        os.setgroups([])
        os.setgid(order["gid"])
        os.setuid(order["uid"])
    if sys.platform == "linux":
        # After the change of account, which clears it. Elsewhere an orphan is stopped by the next keeper.
        _end_with_parent(order["death_signal"])
        if os.getppid() != order["keeper"]:
            raise SystemExit("the keeper ended before its server could start")
    os.execve(order["argv"][0], order["argv"], order["env"])  # noqa: S606  # no shell is what we want


def _end_with_parent(death_signal: int) -> None:
    values = [ctypes.c_ulong(value) for value in (death_signal, 0, 0, 0)]
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, *values) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


if __name__ == "__main__":
    become(json.loads(sys.argv[1]))
