"""Whatever a dictionary allows is read without a violation; whatever breaks one rule gets that rule's reason."""

from __future__ import annotations

from hypothesis import HealthCheck, event, given, settings

from gateway.fix.codec import SIGHTINGS_BEFORE_COMPILING, Codec
from gateway.fix.dictionary import VERSIONS, load
from gateway.fix.field_types import FIELD_TYPES
from gateway.fix.framing import Framing
from gateway.fix.message import Message, encode
from tests.gateway.fix.any_message import VALUES, AnyMessage, Damage, any_messages, damages

CODECS = {version: Codec(load(version), check_user_defined=True) for version in VERSIONS}
quick = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


def read(of: AnyMessage, text: str, codec: Codec) -> Message:
    [framed] = Framing(65_536).receive(encode(of.dictionary.begin_string, text))
    assert isinstance(framed, str)
    return codec.read(framed)


@quick
@given(any_messages())
def test_what_the_dictionary_allows_is_read_without_violation(message: AnyMessage) -> None:
    event(f"{message.dictionary.version} {message.msg_type}")
    found = read(message, message.text, CODECS[message.dictionary.version])
    assert found.violation is None
    assert found.pairs[2:] == message.fields


@quick
@given(damages())
def test_one_damage_gets_its_own_reason(damage: Damage) -> None:
    event(str(damage.reason))
    found = read(damage.message, damage.text, CODECS[damage.message.dictionary.version]).violation
    assert found is not None
    assert (int(found.reason), found.ref_tag) == (damage.reason, damage.ref_tag), found.text


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(any_messages())
def test_a_shape_that_was_compiled_reads_the_same(message: AnyMessage) -> None:
    codec = Codec(message.dictionary, check_user_defined=True)
    careful = read(message, message.text, codec)
    for _ in range(SIGHTINGS_BEFORE_COMPILING):
        read(message, message.text, codec)
    assert read(message, message.text, codec) == careful


def test_values_of_every_type_are_right() -> None:
    assert VALUES.keys() | {"NumInGroup", "TagNum"} == FIELD_TYPES.keys()
