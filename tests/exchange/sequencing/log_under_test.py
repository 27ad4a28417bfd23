"""An event log with a writer whose public state is always that of its last event, and the whole of what is on file."""

from __future__ import annotations

from pathlib import Path

from exchange.events import Event
from exchange.sequencing.disk import Disk
from exchange.sequencing.event_log import EventLogReader, EventLogWriter
from tests.exchange.sequencing.event_batches import batch, opening


class Log:
    """A writer whose public state is that of its last event, as a venue's is."""

    def __init__(
        self, folder: Path, *, segment_bytes: int = 4096, keep: int = 100, most: int = 100, disk: Disk | None = None
    ) -> None:
        self.folder = folder
        self.number = 0
        self.writer = EventLogWriter(
            folder,
            opening=lambda: opening(self.number),
            segment_bytes=segment_bytes,
            keep_segments=keep,
            max_segments=most,
            disk=disk,
        )
        self.number = self.writer.open()

    def append(self, count: int) -> None:
        self.number += count
        self.writer.append(batch(self.number - count + 1, count))

    def segments(self) -> list[Path]:
        return sorted(self.folder.iterdir())


def drain(reader: EventLogReader, limit: int = 7) -> list[Event]:
    events: list[Event] = []
    while given := reader.read(limit):
        assert len(given) <= limit
        events += given
    return events


def on_file(folder: Path, after: int = 0) -> list[Event]:
    with EventLogReader(folder, after) as reader:
        return drain(reader)
