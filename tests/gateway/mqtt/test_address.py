"""Broker URLs."""

from __future__ import annotations

import pytest

from gateway.mqtt.address import BrokerAddress, parse_broker_url


@pytest.mark.parametrize(
    ("url", "address", "shown"),
    [
        ("mqtt://broker", BrokerAddress("broker", 1883), "mqtt://broker:1883"),
        ("mqtts://broker", BrokerAddress("broker", 8883, tls=True), "mqtts://broker:8883"),
        ("mqtt://127.0.0.1:1/", BrokerAddress("127.0.0.1", 1), "mqtt://127.0.0.1:1"),
        ("mqtt://[::1]:1884", BrokerAddress("::1", 1884), "mqtt://[::1]:1884"),
        ("mqtt://a%40b:p%3Aq@h:9", BrokerAddress("h", 9, username="a@b", password="p:q"), "mqtt://h:9"),
    ],
)
def test_a_url_names_a_broker(url: str, address: BrokerAddress, shown: str) -> None:
    assert parse_broker_url(url) == address
    assert str(address) == shown


def test_credentials_beside_the_url_go_first() -> None:
    address = parse_broker_url("mqtt://u:p@h", "user", "secret")
    assert (address.username, address.password) == ("user", "secret")


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("broker:1883", "begins with mqtt:// or mqtts://, not with broker://"),
        ("http://broker", "not with http://"),
        ("", "not with nothing://"),
        ("mqtt://", "names a host"),
        ("mqtt://u:secret@:1", "names a host"),
        ("mqtt://h:99999", "a number from 1 to 65535"),
        ("mqtt://h:x", "a number from 1 to 65535"),
        ("mqtt://h/topic", "ends with its port"),
        ("mqtt://h?x=1", "ends with its port"),
    ],
)
def test_what_is_wrong_with_a_url_is_said(url: str, text: str) -> None:
    with pytest.raises(ValueError, match=text) as refused:
        parse_broker_url(url)
    assert "secret" not in str(refused.value)
