"""Forks processes that take slots, kills the first, and prints who got one: a script, as forking wants no threads."""

from __future__ import annotations

import json
import os
import sys

from workers.slots import Slots


def holder(slots: Slots, queue: str) -> tuple[int, bool]:
    """A process that holds a slot until it is killed, if it got one."""
    told, tell = os.pipe()
    pid = os.fork()
    if pid == 0:
        with slots.taken(queue) as ours:
            os.write(tell, b"1" if ours else b"0")
            os.read(os.pipe()[0], 1)
    return pid, os.read(told, 1) == b"1"


def main(queues: str, processes: int, takers: str) -> None:
    """The first is killed before the last takes its turn."""
    slots = Slots(tuple(queues), processes)
    holders = [holder(slots, queue) for queue in takers[:-1]]
    os.kill(holders[0][0], 9)
    os.waitpid(holders[0][0], 0)
    holders.append(holder(slots, takers[-1]))
    sys.stdout.write(json.dumps([got_one for _, got_one in holders]))
    for pid, _ in holders[1:]:
        os.kill(pid, 9)
        os.waitpid(pid, 0)


main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
