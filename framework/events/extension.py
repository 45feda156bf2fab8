"""The extension that gives a domain its event log."""

from __future__ import annotations

from framework.compiler.extension import Extension
from framework.events.event import Event
from framework.events.log_epoch import LogEpoch

EVENTS = Extension("events", resources=(Event, LogEpoch))
