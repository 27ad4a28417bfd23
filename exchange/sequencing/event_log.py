"""The event log: all events in files that other processes read at their own pace, never touching the matching loop.

It is derived: the journal's replay gives every event again, so it is not synced, and what is damaged is cut off and
written anew. One process writes (`event_log_writer`), any number read (`event_log_reader`); the files are described in
`event_log_format`. This module is the door to all three.
"""

from __future__ import annotations

from exchange.sequencing.event_log_reader import EventLogReader, EventsAhead, EventsGone
from exchange.sequencing.event_log_writer import EventLogWriter

__all__ = ["EventLogReader", "EventLogWriter", "EventsAhead", "EventsGone"]
