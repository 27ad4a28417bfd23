"""Messages: splitting text into fields, repeating groups, encoding."""

from __future__ import annotations

import simplefix
from hypothesis import given
from hypothesis import strategies as st

from gateway.fix.codec import Codec
from gateway.fix.dictionary import load
from gateway.fix.framing import Framing
from gateway.fix.message import Message, encode, sequence_number, split

FIX44 = load("FIX.4.4")
CODEC = Codec(FIX44)
TAGS = st.sampled_from(["11", "55", "58", "5001", "20000"])
VALUES = st.text(st.characters(max_codepoint=255, exclude_characters="\x01"), min_size=1, max_size=20)


def split_pairs(text: str) -> list[tuple[str, str]]:
    tags, values = split(text.replace("|", "\x01"), FIX44.data_tags)
    return list(zip(tags, values, strict=True))


def test_fields_are_split_at_soh_and_the_first_equals_sign() -> None:
    assert split_pairs("35=D|58=a=b|11=1|") == [("35", "D"), ("58", "a=b"), ("11", "1")]


def test_a_field_without_value_or_equals_sign_has_an_empty_value() -> None:
    assert split_pairs("35=D|115=|55|=7|") == [("35", "D"), ("115", ""), ("55", ""), ("", "7")]
    assert split_pairs("") == []


def test_data_is_as_long_as_its_length_says() -> None:
    assert split_pairs("95=7|96=a|b=c|d|98=0|") == [("95", "7"), ("96", "a\x01b=c\x01d"), ("98", "0")]
    assert split_pairs("354=3|355=||||58=x|") == [("354", "3"), ("355", "\x01\x01\x01"), ("58", "x")]


def test_data_with_a_wrong_length_ends_at_soh() -> None:
    for length in ("2", "99999", "-1", "x", "", "9" * 30):
        assert split_pairs(f"95={length}|96=abc|98=0|") == [("95", length), ("96", "abc"), ("98", "0")]


def test_a_length_measures_only_the_data_right_after_it() -> None:
    assert split_pairs("95=5|58=x|96=a|b|") == [("95", "5"), ("58", "x"), ("96", "a"), ("b", "")]


def test_text_that_is_cut_off_is_split_too() -> None:
    assert split_pairs("35=D|58=x") == [("35", "D"), ("58", "x")]


def test_sequence_numbers() -> None:
    cases = {
        "1": 1,
        "007": 7,
        "0": 0,
        "-1": -1,
        "+1": -1,
        "": -1,
        " 1": -1,
        "1.0": -1,
        "\xb2": -1,
        "9" * 18: 10**18 - 1,
    }
    assert {text: sequence_number(text) for text in cases} == cases
    assert sequence_number("9" * 19) == -1
    assert sequence_number(None) == -1


def read(body: str) -> Message:
    [text] = Framing(4_096).receive(encode("FIX.4.4", body.replace("|", "\x01")))
    assert isinstance(text, str)
    return CODEC.read(text)


PARTIES = (
    "35=D|34=2|49=A|56=B|52=20240621-13:30:00|11=1|"
    "453=2|448=DESK|447=D|452=1|802=2|523=x|803=4|523=y|803=2|448=FIRM|447=D|452=3|"
    "55=ACME|54=1|60=20240621-13:30:00|38=1|40=1|"
)


def test_the_entries_of_a_repeating_group() -> None:
    definition = FIX44.message("D")
    assert definition is not None and definition.body is not None
    group = definition.body.members["453"]
    assert group is not None
    message = read(PARTIES)
    assert message.violation is None
    assert message.entries(group) == [
        {"448": "DESK", "447": "D", "452": "1", "802": "2", "523": "x", "803": "4"},
        {"448": "FIRM", "447": "D", "452": "3"},
    ]
    assert read(PARTIES.replace("453=2|", "")).entries(group) == []
    at_the_end = read(PARTIES.replace("453=2|", "").partition("448=")[0] + "453=1|448=DESK|")
    assert at_the_end.entries(group) == [{"448": "DESK"}]
    assert read("35=0|34=2|49=A|56=B|52=20240621-13:30:00|").entries(group) == []


def test_of_a_repeated_tag_the_first_value_is_kept_and_pairs_have_all() -> None:
    message = read(PARTIES)
    assert message.fields["448"] == "DESK" and message.fields["803"] == "4"
    assert [value for tag, value in message.pairs if tag == "448"] == ["DESK", "FIRM"]


@given(st.lists(st.tuples(TAGS, VALUES), max_size=8))
def test_what_we_encode_simplefix_reads_equal(pairs: list[tuple[str, str]]) -> None:
    data = encode("FIX.4.4", "35=D\x01" + "".join(f"{tag}={value}\x01" for tag, value in pairs))
    parser = simplefix.FixParser()
    parser.append_buffer(data)
    other = parser.get_message()
    assert [(tag.decode(), value.decode("latin-1")) for tag, value in other.pairs[3:-1]] == pairs
    assert other.encode() == data


@given(st.lists(st.tuples(TAGS, VALUES), max_size=8), st.binary(min_size=1, max_size=30))
def test_what_simplefix_encodes_we_read_equal(pairs: list[tuple[str, str]], raw: bytes) -> None:
    other = simplefix.FixMessage()
    other.append_pair(8, "FIX.4.4")
    other.append_pair(35, "D")
    for tag, value in pairs:
        other.append_pair(tag, value.encode("latin-1"))
    other.append_data(95, 96, raw)
    [text] = Framing(4_096).receive(other.encode())
    assert isinstance(text, str)
    expected = [*pairs, ("95", str(len(raw))), ("96", raw.decode("latin-1"))]
    assert CODEC.read(text).pairs[3:] == expected
