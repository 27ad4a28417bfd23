"""The embedded broker: ready when it answers, back on its port when it dies, and nobody but the publisher publishes."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import socket
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import aiomqtt
import pytest

from gateway.children import RestartPolicy
from gateway.mqtt.broker import QUEUE_STREAM, BrokerStartError, EmbeddedBroker, accepts_mqtt
from gateway.mqtt.broker_config import broker_config, log_file, nats_server_program
from gateway.mqtt.nats_request import NatsError, limit_stream

QUICK = RestartPolicy(first_delay_seconds=0.05, stop_grace_seconds=5)


@pytest.fixture
async def broker(tmp_path: Path) -> AsyncIterator[EmbeddedBroker]:
    broker = EmbeddedBroker(tmp_path / "broker", port=0, policy=QUICK)
    yield broker
    await broker.stop()


async def until(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the awaited condition did not come"
        await asyncio.sleep(0.01)


def pid_of(broker: EmbeddedBroker) -> int:
    assert broker.state is not None
    assert broker.state.pid is not None
    return broker.state.pid


def publisher_of(broker: EmbeddedBroker, port: int) -> aiomqtt.Client:
    user, password = broker.publisher
    return aiomqtt.Client("127.0.0.1", port, username=user, password=password)


async def retained(port: int) -> object:
    """The payload that a new subscriber is sent at once.

    A broker that has just started reads what it retained when the first client comes, and sends nothing to one that
    subscribes meanwhile. So it is asked again: the publisher, which repeats its state for those, is not here.
    """
    async with asyncio.timeout(5):
        while True:
            async with aiomqtt.Client("127.0.0.1", port) as reader:
                await reader.subscribe("fixpit/v1/#")
                with contextlib.suppress(TimeoutError):
                    return (await asyncio.wait_for(anext(aiter(reader.messages)), 0.2)).payload


def test_the_program_comes_from_the_installed_wheel() -> None:
    assert nats_server_program().name.startswith("nats-server")


async def test_port_0_is_any_free_one_and_stop_frees_it(broker: EmbeddedBroker) -> None:
    host, port = await broker.start()
    assert host == "127.0.0.1"
    assert port > 0
    assert await accepts_mqtt(host, port, broker.publisher)
    await broker.stop()
    assert not await accepts_mqtt(host, port, broker.publisher)
    with socket.socket() as free:
        free.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        free.bind((host, port))


async def test_a_port_in_use_is_named_with_its_setting(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        broker = EmbeddedBroker(tmp_path, port=port)
        with pytest.raises(BrokerStartError) as refused:
            await broker.start()
    assert str(refused.value) == (
        f"MQTT port {port} on 127.0.0.1 is in use by another program: stop that one, or choose another port with the "
        "setting `mqtt.port` or the option `--mqtt-port` (0 takes any free one)"
    )
    assert broker.state is not None
    assert not broker.state.running


async def test_an_address_that_is_not_ours_is_named(tmp_path: Path) -> None:
    with pytest.raises(BrokerStartError, match=r"192\.0\.2\.1:1883 .settings `mqtt\.host` and `mqtt\.port`.: .*assign"):
        await EmbeddedBroker(tmp_path, host="192.0.2.1").start()


async def test_a_killed_broker_comes_back_on_its_port_with_what_it_retained(broker: EmbeddedBroker) -> None:
    _, port = await broker.start()
    async with publisher_of(broker, port) as client:
        await client.publish("fixpit/v1/X/md/ACME/top", "kept", qos=1, retain=True)
    assert await retained(port) == b"kept"
    first = pid_of(broker)
    os.kill(first, signal.SIGKILL)
    await until(lambda: broker.state is not None and broker.state.restarts == 1)
    while not await accepts_mqtt("127.0.0.1", port, broker.publisher):
        await asyncio.sleep(0.01)
    assert pid_of(broker) != first
    assert await retained(port) == b"kept"


async def test_a_reader_cannot_forge_a_price(broker: EmbeddedBroker) -> None:
    _, port = await broker.start()
    async with aiomqtt.Client("127.0.0.1", port) as reader, publisher_of(broker, port) as publisher:
        await reader.subscribe("fixpit/v1/#", qos=1)
        await reader.publish("fixpit/v1/X/md/ACME/trade", "forged", qos=0)
        await reader.publish("fixpit/v1/X/md/ACME/top", "forged", qos=1, retain=True)
        await publisher.publish("fixpit/v1/X/md/ACME/trade", "true", qos=1)
        message = await asyncio.wait_for(anext(aiter(reader.messages)), 5)
    assert message.payload == b"true"
    assert 'Publish Violation - Subject "fixpit.v1.X.md.ACME.trade"' in log_file(broker._folder).read_text()


@pytest.mark.parametrize(
    ("user", "password", "accepted"),
    [
        ("desk", "secret", True),
        ("desk", "wrong", False),
        ("reader", "", False),
        ("publisher", "", False),
    ],
)
async def test_subscribers_need_their_password_when_one_is_set(
    tmp_path: Path, user: str, password: str, accepted: bool
) -> None:
    broker = EmbeddedBroker(tmp_path, port=0, subscriber=("desk", "secret"))
    _, port = await broker.start()
    try:
        assert await accepts_mqtt("127.0.0.1", port, (user, password)) is accepted
        with pytest.raises(aiomqtt.MqttError):
            await aiomqtt.Client("127.0.0.1", port).__aenter__()
    finally:
        await broker.stop()


async def test_an_absent_subscriber_cannot_fill_the_store(broker: EmbeddedBroker) -> None:
    _, port = await broker.start()
    listening = re.search(r"client connections on 127\.0\.0\.1:(\d+)", log_file(broker._folder).read_text())
    assert listening is not None
    await limit_stream(int(listening[1]), broker.publisher, QUEUE_STREAM, bytes_max=20_000, age_seconds_max=60)
    async with aiomqtt.Client("127.0.0.1", port, identifier="away", clean_session=False) as away:
        await away.subscribe("fixpit/v1/#", qos=1)
    async with publisher_of(broker, port) as publisher:
        for number in range(100):
            await publisher.publish("fixpit/v1/X/md/ACME/trade", f"{number:01000d}", qos=1)
    received: list[int] = []
    async with aiomqtt.Client("127.0.0.1", port, identifier="away", clean_session=False) as back:
        async with asyncio.timeout(10):
            async for message in back.messages:
                assert isinstance(message.payload, bytes)
                received.append(int(message.payload))
                if received[-1] == 99:
                    break
    assert received == list(range(received[0], 100))
    assert 5 < len(received) < 25, "the oldest are dropped"


async def test_the_brokers_refusal_of_a_limit_is_told(broker: EmbeddedBroker) -> None:
    await broker.start()
    listening = re.search(r"client connections on 127\.0\.0\.1:(\d+)", log_file(broker._folder).read_text())
    assert listening is not None
    with pytest.raises(NatsError, match="stream not found"):
        await limit_stream(int(listening[1]), broker.publisher, "NOTHING", 1, 1)
    with pytest.raises(NatsError, match="Authorization Violation"):
        await limit_stream(int(listening[1]), ("publisher", "wrong"), QUEUE_STREAM, 1, 1)


async def test_a_folder_with_blanks_and_quotes_works_and_is_private(tmp_path: Path) -> None:
    folder = tmp_path / 'a "strange" földer $HOME' / "broker"
    broker = EmbeddedBroker(folder, port=0)
    _, port = await broker.start()
    try:
        assert (folder / "jetstream" / "jetstream").is_dir()
        assert (folder / "nats.conf").stat().st_mode & 0o777 == 0o600
        config = broker_config(folder, "127.0.0.1", port, broker._users)
        assert (folder / "nats.conf").read_text() == config, "a restart takes the port that was found"
    finally:
        await broker.stop()


async def test_something_that_is_no_broker_is_not_taken_for_one() -> None:
    async def chatter(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(chatter, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        assert not await accepts_mqtt("127.0.0.1", port, ("a", "b"))
