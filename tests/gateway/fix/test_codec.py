"""The codec's quick way: the same answers as the careful way, for whatever is sent."""

from __future__ import annotations

import random

from gateway.fix import codec as codec_module
from gateway.fix.codec import Codec
from gateway.fix.dictionary import load
from gateway.fix.message import Message, encode

FIX44 = load("FIX.4.4")
TIME = "20240621-13:30:00.000"
HEADER = f"49=A|56=B|34=2|52={TIME}|"
CORPUS = [
    f"35=0|{HEADER}",
    f"35=A|{HEADER}98=0|108=30|141=Y|553=u|554=p|",
    f"35=D|{HEADER}11=1|1=ACC|55=ACME|54=1|38=100|40=2|44=10.25|59=0|60={TIME}|21=1|",
    f"35=D|{HEADER}11=1|55=ACME|54=2|38=100|40=1|60={TIME}|18=G 6|5001=x|",
    f"35=D|{HEADER}11=1|453=2|448=A|447=D|452=1|448=B|447=D|452=3|55=ACME|54=1|38=1|40=1|60={TIME}|",
    f"35=F|{HEADER}41=1|11=2|55=ACME|54=1|60={TIME}|38=100|",
    f"35=D|{HEADER}11=1|55=ACME|54=1|38=1|40=1|60={TIME}|354=3|355=a|b|",
    f"35=V|{HEADER}262=x|",
]


def text_of(body: str) -> str:
    return encode("FIX.4.4", body.replace("|", "\x01"))[:-7].decode("latin-1")


def trained() -> Codec:
    """A codec that has seen the corpus often enough to know its shapes."""
    codec = Codec(FIX44)
    for _ in range(codec_module.SIGHTINGS_BEFORE_COMPILING + 1):
        for body in CORPUS:
            assert codec.read(text_of(body)).violation is None
    return codec


def shapes_known(codec: Codec) -> int:
    return sum(len(shapes) for shapes in codec._shapes.values())


def test_a_shape_is_compiled_when_it_has_come_back_often_enough() -> None:
    codec = Codec(FIX44)
    for sighting in range(1, 40):
        codec.read(text_of(CORPUS[2]))
        assert shapes_known(codec) == (1 if sighting >= codec_module.SIGHTINGS_BEFORE_COMPILING else 0)


def test_data_and_messages_known_by_name_have_no_shape() -> None:
    assert shapes_known(trained()) == len(CORPUS) - 2


def test_both_ways_read_the_same() -> None:
    codec = trained()
    for body in CORPUS:
        quick, careful = codec.read(text_of(body)), Codec(FIX44).read(text_of(body))
        assert quick == careful
        assert type(quick) is Message and quick.violation is None


def test_thousands_of_mutations_get_the_answer_of_the_careful_way() -> None:
    quick, careful = trained(), Codec(FIX44)
    seen_violations = set()
    for seed in range(6_000):
        rng = random.Random(seed)
        text = mutated(text_of(rng.choice(CORPUS)), rng)
        first, second = quick.read(text), careful.read(text)
        assert first == second, f"seed {seed}"
        if first.violation is not None:
            seen_violations.add(int(first.violation.reason))
    # Were it not for mutations of every kind, equality would say little.
    assert seen_violations >= {0, 1, 4, 5, 6, 11, 13, 14, 15, 16}


def mutated(text: str, rng: random.Random) -> str:
    """Some characters, fields or orders of fields changed."""
    for _ in range(rng.randrange(1, 4)):
        fields = text.split("\x01")
        at, other = rng.randrange(len(fields)), rng.randrange(len(fields))
        match rng.randrange(6):
            case 0:
                place = rng.randrange(len(text) + 1)
                text = text[:place] + chr(rng.randrange(256)) + text[place + rng.randrange(3) :]
            case 1:
                fields[at], fields[other] = fields[other], fields[at]
                text = "\x01".join(fields)
            case 2:
                text = "\x01".join(fields[:at] + fields[at + 1 :])
            case 3:
                text = "\x01".join([*fields[:at], fields[other], *fields[at:]])
            case 4:
                fields[at] = (
                    fields[at].split("=")[0] + "=" + rng.choice(["", "0", "-1", "1e5", "Z", "=", "\xb2", "9" * 30])
                )
                text = "\x01".join(fields)
            case _:
                fields[at] = f"{rng.randrange(1_000)}={rng.choice(['', '1', 'A'])}"
                text = "\x01".join(fields)
    return text


def test_a_value_with_an_equals_sign_is_not_taken_for_fields() -> None:
    codec = trained()
    text = text_of(CORPUS[2].replace("11=1|1=ACC|", "11=a=1|foo|"))
    assert codec.read(text) == Codec(FIX44).read(text)
    assert codec.read(text).fields["11"] == "a=1"


def test_another_version_is_never_taken_for_a_known_shape() -> None:
    codec = trained()
    text = text_of(CORPUS[0]).replace("8=FIX.4.4", "8=FIX.4.2")
    assert codec.read(text).begin_string == "FIX.4.2"


def test_the_count_of_a_group_belongs_to_the_shape() -> None:
    found = trained().read(text_of(CORPUS[4].replace("453=2", "453=3"))).violation
    assert found is not None and int(found.reason) == 16


def test_what_is_kept_is_bounded() -> None:
    codec = Codec(FIX44)
    rng = random.Random(1)
    fields = ["1=A", "58=x", "59=0", "21=1", "15=USD", "110=1", "111=1", "114=N", "63=0"]
    for _ in range(30):
        rng.shuffle(fields)
        body = f"35=D|{HEADER}11=1|55=ACME|54=1|38=1|40=1|60={TIME}|" + "|".join(fields) + "|"
        for _ in range(codec_module.SIGHTINGS_BEFORE_COMPILING):
            assert codec.read(text_of(body)).violation is None
    assert shapes_known(codec) == codec_module.MOST_SHAPES_OF_A_LENGTH
    long = f"35=D|{HEADER}11=1|55=ACME|54=1|38=1|40=1|60={TIME}|" + "".join(f"{tag}=x|" for tag in range(6_000, 6_090))
    for _ in range(codec_module.SIGHTINGS_BEFORE_COMPILING):
        assert codec.read(text_of(long)).violation is None
    assert shapes_known(codec) == codec_module.MOST_SHAPES_OF_A_LENGTH


def test_sightings_are_forgotten_when_there_are_too_many() -> None:
    codec = Codec(FIX44)
    for tag in range(6_000, 6_000 + codec_module.MOST_SHAPES_WATCHED + 10):
        assert codec.read(text_of(f"35=0|{HEADER}{tag}=x|")).violation is None
    assert len(codec._sightings) == 10


def test_the_shape_used_last_is_tried_first() -> None:
    codec = Codec(FIX44)
    one = text_of(f"35=0|{HEADER}112=x|")
    other = text_of(f"35=0|{HEADER}5001=x|")
    for _ in range(codec_module.SIGHTINGS_BEFORE_COMPILING):
        codec.read(one)
        codec.read(other)
    [shapes] = codec._shapes.values()
    for text, last in ((one, "112"), (other, "5001"), (one, "112")):
        assert codec.read(text).violation is None
        assert shapes[0].tags[-1] == last
