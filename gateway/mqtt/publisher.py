"""Publishes market data to a broker: keeps the connection, paces the flushes, and says how it goes.

What is published stands in the `Outbox`. Once in each flush interval its messages go out together; a flush that takes
longer delays the next one, whose messages then hold more: the publisher conflates, it does not fall behind. Whoever
runs it (`gateway.followers.market_data`) feeds the outbox between flushes, in the same event loop.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

import aiomqtt
import structlog

from gateway.mqtt.address import BrokerAddress
from gateway.mqtt.outbox import Message, Outbox

log = structlog.get_logger(__name__)

ONLINE = b"online"
OFFLINE = b"offline"

PUBLISHES_AT_ONCE = 200
"""Trade messages on their way at a time. A window this wide hides the broker's delay; its memory is small."""

PUBLISHES_PER_TURN = 20
"""Messages handed to the client (some 0.1 ms each) before others in this event loop have a turn."""

ANSWER_SECONDS_MAX = 5.0
"""A broker that does not acknowledge within this time is taken for dead: the connection is made anew."""

FAREWELL_SECONDS_MAX = 2.0
"""Time for what is left and `offline` when told to stop; a dead broker publishes the will instead."""

KEEP_ALIVE_SECONDS = 10
"""An idle connection is probed this often; a broker that hangs is noticed after one and a half of it."""

FIRST_RETRY_SECONDS = 0.1
LONGEST_RETRY_SECONDS = 3.0
"""Pauses between attempts to connect double from the first to the longest; a broker that is back is found soon."""

JITTER = 0.5
"""Each pause is shortened by up to this share, so that many publishers do not come back at the same moment."""


@dataclass
class PublisherFigures:
    """How publishing goes; written by the publisher, read by its owner."""

    connected: bool = False
    published: int = 0
    """Messages the broker took."""
    flushes: int = 0
    reconnects: int = 0
    """Connections lost or refused."""
    last_flush_seconds: float = 0.0
    """How long the latest flush took, waits for the broker included."""
    last_error: str = ""
    """Why there is no connection, or why the last one was lost; stays after it is back."""


class MarketDataPublisher:
    """Publishes one outbox to one broker until told to stop."""

    def __init__(
        self,
        outbox: Outbox,
        address: BrokerAddress,
        *,
        flush_interval_seconds: float = 0.1,
        seed: int = 0,
    ) -> None:
        """`seed` makes the jitter of the retries."""
        assert flush_interval_seconds > 0, f"a flush interval of {flush_interval_seconds} s is no pause"
        self.figures = PublisherFigures()
        self._outbox = outbox
        self._address = address
        self._flush_interval_seconds = flush_interval_seconds
        self._random = Random(seed)  # noqa: S311 - spreads retries, guards nothing
        self._stop = asyncio.Event()

    def stop(self) -> None:
        """Have `run` publish what is left and `offline`, and end."""
        self._stop.set()

    async def run(self) -> None:
        """Publish until `stop`; connects again, with growing pauses, whenever the connection is lost."""
        loop = asyncio.get_running_loop()
        retry_seconds = FIRST_RETRY_SECONDS
        while not self._stop.is_set():
            began = loop.time()
            try:
                async with self._client() as client:
                    await self._serve(client)
            except (aiomqtt.MqttError, OSError) as error:
                # OSError: the client library hands some errors of its socket through as they are.
                self._lost(error)
                if loop.time() - began > LONGEST_RETRY_SECONDS:
                    # Not at every connection: a broker that accepts and closes at once must not be hammered.
                    retry_seconds = FIRST_RETRY_SECONDS
                await self._pause(retry_seconds * (1 - JITTER * self._random.random()))
                retry_seconds = min(retry_seconds * 2, LONGEST_RETRY_SECONDS)
            finally:
                self.figures.connected = False

    def _client(self) -> aiomqtt.Client:
        address = self._address
        client = aiomqtt.Client(
            address.host,
            address.port,
            username=address.username,
            password=address.password,
            identifier=f"fixpit-{self._outbox.epoch}-{self._random.getrandbits(32):08x}",
            will=aiomqtt.Will(self._outbox.topics.status, OFFLINE, qos=1, retain=True),
            timeout=ANSWER_SECONDS_MAX,
            keepalive=KEEP_ALIVE_SECONDS,
            max_inflight_messages=PUBLISHES_AT_ONCE,
            tls_context=ssl.create_default_context() if address.tls else None,
        )
        # It would warn of every flush: many calls at a time are what is wanted here, and the window bounds them.
        client.pending_calls_threshold = PUBLISHES_AT_ONCE
        return client

    async def _serve(self, client: aiomqtt.Client) -> None:
        """Publish over one connection until `stop`; raises MqttError when it is lost."""
        figures, loop = self.figures, asyncio.get_running_loop()
        await client.publish(self._outbox.topics.status, ONLINE, qos=1, retain=True)
        self._outbox.repeat_state()
        figures.connected = True
        log.info("connected to broker", broker=str(self._address), waiting_trades=self._outbox.waiting_trades)
        lost = asyncio.create_task(_until_lost(client))
        try:
            while not self._stop.is_set():
                began = loop.time()
                await self._flush(client)
                ended = loop.time()
                figures.last_flush_seconds = ended - began
                # Rests at least as long as it worked: half a processor is the most that market data may take.
                due = max(began + self._flush_interval_seconds, ended + figures.last_flush_seconds)
                await self._pause(due - ended, lost)
                if lost.done():
                    await lost
            async with asyncio.timeout(FAREWELL_SECONDS_MAX):
                await self._flush(client)
                await client.publish(self._outbox.topics.status, OFFLINE, qos=1, retain=True)
        finally:
            lost.cancel()
            await asyncio.wait({lost})

    async def _flush(self, client: aiomqtt.Client) -> None:
        if self._outbox.is_empty:
            return
        messages = self._outbox.messages()
        trades = [message for message in messages if message.qos > 0]
        for start in range(0, len(trades), PUBLISHES_AT_ONCE):
            await self._publish_together(client, trades[start : start + PUBLISHES_AT_ONCE])
        for place, message in enumerate(messages[len(trades) :]):
            await client.publish(message.topic, message.payload, qos=message.qos, retain=message.retain)
            self.figures.published += 1
            if place % PUBLISHES_PER_TURN == 0:
                await asyncio.sleep(0)
        self.figures.flushes += 1

    async def _publish_together(self, client: aiomqtt.Client, messages: Sequence[Message]) -> None:
        """Publish without waiting for one acknowledgement before the next message; all are there at the end."""
        publishes = (self._publish_acknowledged(client, message) for message in messages)
        outcomes = await asyncio.gather(*publishes, return_exceptions=True)
        for outcome in outcomes:
            if outcome is not None:
                raise outcome

    async def _publish_acknowledged(self, client: aiomqtt.Client, message: Message) -> None:
        await client.publish(message.topic, message.payload, qos=message.qos, retain=message.retain)
        self._outbox.acknowledge(message)
        self.figures.published += 1

    async def _pause(self, seconds: float, lost: asyncio.Task[None] | None = None) -> None:
        """Wait so long, or until `stop`, or until the connection is lost."""
        stopped = asyncio.create_task(self._stop.wait())
        try:
            ends = {stopped} if lost is None else {stopped, lost}
            await asyncio.wait(ends, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopped.cancel()

    def _lost(self, error: Exception) -> None:
        figures = self.figures
        figures.reconnects += 1
        text = f"{self._address}: {error}"
        if figures.connected or text != figures.last_error:
            log.warning("no connection to broker", broker=str(self._address), error=str(error))
        figures.connected = False
        figures.last_error = text


async def _until_lost(client: aiomqtt.Client) -> None:
    """Ends with MqttError when the connection is lost; nothing is subscribed, so no message comes."""
    async for message in client.messages:
        log.warning("unexpected message from broker", topic=str(message.topic))
