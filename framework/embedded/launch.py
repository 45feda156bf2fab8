"""The step between the keeper and a server: take on the server's account, tie its life to the keeper's, become it.

Run as a file by a bare interpreter (`python -I -S launch.py ORDER`), so it imports the standard library alone.
"""

from __future__ import annotations

import ctypes
import json
import os
import sys
from typing import Any

# <linux/prctl.h> and <linux/capability.h>
PR_SET_PDEATHSIG = 1
PR_SET_KEEPCAPS = 8
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_RAISE = 2
CAPABILITY_VERSION_3 = 0x20080522
CAP_DAC_OVERRIDE = 1


def become(order: dict[str, Any]) -> None:
    """Turn this process into the ordered command; it returns only by an exception."""
    os.umask(0o077)
    if order["uid"] is not None:
        _take_account(order["uid"], order["gid"], keep_reach=order["reach"])
    if sys.platform == "linux":
        # After the change of account, which clears it. Elsewhere an orphan is stopped by the next keeper.
        _prctl(PR_SET_PDEATHSIG, order["death_signal"])
        if os.getppid() != order["keeper"]:
            raise SystemExit("the keeper ended before its server could start")
    os.execve(order["argv"][0], order["argv"], order["env"])  # noqa: S606  # no shell is what we want


def _take_account(uid: int, gid: int, *, keep_reach: bool) -> None:
    """Give up root; with `keep_reach`, only the right to pass through folders closed to others is kept.

    A checkout below `/root` needs that: the server's account may not even enter it.
    """
    if keep_reach:
        _prctl(PR_SET_KEEPCAPS, 1)
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)
    if keep_reach:
        bit = 1 << CAP_DAC_OVERRIDE
        header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
        sets = (ctypes.c_uint32 * 6)(bit, bit, bit, 0, 0, 0)
        _check(ctypes.CDLL(None, use_errno=True).capset(header, sets))
        _prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_DAC_OVERRIDE)


def _prctl(option: int, *arguments: int) -> None:
    values = [ctypes.c_ulong(value) for value in (*arguments, 0, 0, 0, 0)[:4]]
    _check(ctypes.CDLL(None, use_errno=True).prctl(option, *values))


def _check(result: int) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


if __name__ == "__main__":
    become(json.loads(sys.argv[1]))
