"""Mutants of sound FIX messages: broken in one or several of the ways in which bytes and fields can be broken.

`Mutants(seed)` makes the same ones again. A mutant of fields is sealed anew, so that it reaches codec, session and
order entry; a mutant of bytes is not, so that most end at framing. `holds_a_message` says independently of our framing
whether bytes hold a whole message anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random

Fields = list[tuple[bytes, bytes]]

NASTY = (
    b"", b"0", b"-1", b"-0", b"+1", b"01", b" 1", b"1 ", b"1_000", b"1e9", b"NaN", b"inf", b"Y", b"N", b"=", b"==",
    b"\x00", b"\xb2", b"\xff" * 10, b"\x1b[2J", b"9" * 9, b"9" * 18, b"9" * 19, b"9" * 400, b"18446744073709551616",
    b"0.000000000001", b".", b"1.", b"-.5", b"10.05.1", b"A" * 1000, b"%s%n", b"';--", b"../..", b"8=FIX.4.4",
    b"10=000", b"None", b"20240621-12:00:00", b"99999999-99:99:99", b"20240230-12:00:00.000",
    b"00000000-00:00:00", b"2024062\xb2-12:00:00", b"20240621-12:00:60", b"1\xb2", b"\xbd", b"\r\n", b"|", b"*",
)  # fmt: skip
"""Values that something somewhere takes wrongly."""

TAGS = (
    b"1", b"11", b"34", b"35", b"38", b"40", b"41", b"43", b"44", b"49", b"52", b"54", b"55", b"56", b"59", b"60",
    b"95", b"96", b"97", b"99", b"108", b"110", b"111", b"115", b"122", b"123", b"141", b"269", b"354", b"355",
    b"447", b"448", b"453", b"553", b"554", b"789", b"802", b"9", b"8", b"10", b"0", b"-1", b"", b"x", b"4999",
    b"5001", b"999999999", b"7", b"16", b"21", b"36", b"369", b"1128", b"1129", b"1137", b"1156", b"1369", b"0112",
)  # fmt: skip

MSG_TYPES = b"0 1 2 3 4 5 6 8 9 A B D E F G H Q R V c d e g j q r s x AB AC AD AF AN BE CA ZZ \xff".split(b" ")

COUNTS = (b"0", b"1", b"2", b"3", b"10", b"1000", b"-1", b"999999999", b"", b"x")
"""Of entries in repeating groups, whatever follows."""


def sealed(begin_string: bytes, fields: Fields) -> bytes:
    """The message with the BodyLength and CheckSum that go with its fields."""
    body = b"".join(b"%b=%b\x01" % pair for pair in fields)
    return summed(b"8=%b\x019=%d\x01%b" % (begin_string, len(body), body))


def summed(data: bytes) -> bytes:
    return b"%b10=%03d\x01" % (data, sum(data) & 255)


def holds_a_message(data: bytes) -> bool:
    """Whether one begins somewhere, has the length it says and sums up."""
    for head in re.finditer(rb"8=FIX(?=[^\x01]*\x019=([0-9]+)\x0135=)", data):
        start = data.index(b"\x01", data.index(b"\x01", head.start()) + 1) + 1
        stop = start + int(head[1])
        if data[stop : stop + 7] == b"10=%03d\x01" % (sum(data[head.start() : stop]) & 255):
            return True
    return False


class Mutants:
    """One after another, the same for the same seed."""

    def __init__(self, seed: int | str) -> None:
        self.random = Random(seed)
        self._of_fields: tuple[Callable[[Fields], None], ...] = (
            self._swap, self._double, self._drop, self._value, self._value, self._value, self._tag, self._insert,
            self._count, self._msg_type, self._splice, self._move, self._length,
        )  # fmt: skip
        self._of_bytes: tuple[Callable[[bytes], bytes], ...] = (
            self._flip, self._add, self._cut_out, self._truncate, self._concatenate, self._body_length, self._check_sum,
            self._soh, self._repeat, self._begin,
        )  # fmt: skip

    def of(self, begin_string: bytes, fields: Fields) -> bytes:
        """What a broken client makes of these fields; one in ten is left sound."""
        random = self.random
        draw = random.random()
        fields = list(fields)
        if draw < 0.6:
            for _ in range(random.choice((1, 1, 1, 2, 5))):
                random.choice(self._of_fields)(fields)
        data = sealed(begin_string, fields)
        if 0.55 < draw < 0.9:
            for _ in range(random.choice((1, 1, 1, 2, 8))):
                data = random.choice(self._of_bytes)(data)
        return data

    def pieces(self, data: bytes) -> list[bytes]:
        """The bytes as a network may bring them."""
        random = self.random
        if random.random() < 0.9 or len(data) < 3:
            return [data]
        one, other = sorted((random.randrange(len(data)), random.randrange(len(data))))
        return [piece for piece in (data[:one], data[one:other], data[other:]) if piece]

    # Of fields

    def _place(self, fields: Fields) -> int:
        return self.random.randrange(len(fields)) if fields else 0

    def _swap(self, fields: Fields) -> None:
        if fields:
            one, other = self._place(fields), self._place(fields)
            fields[one], fields[other] = fields[other], fields[one]

    def _double(self, fields: Fields) -> None:
        if fields:
            fields.insert(self._place(fields), fields[self._place(fields)])

    def _drop(self, fields: Fields) -> None:
        if fields:
            del fields[self._place(fields)]

    def _value(self, fields: Fields) -> None:
        if fields:
            place = self._place(fields)
            fields[place] = (fields[place][0], self.random.choice(NASTY))

    def _tag(self, fields: Fields) -> None:
        if fields:
            place = self._place(fields)
            fields[place] = (self.random.choice(TAGS), fields[place][1])

    def _insert(self, fields: Fields) -> None:
        fields.insert(self._place(fields), (self.random.choice(TAGS), self.random.choice(NASTY)))

    def _count(self, fields: Fields) -> None:
        places = [place for place, (tag, _) in enumerate(fields) if tag in (b"453", b"802", b"33", b"267", b"146")]
        place = self.random.choice(places) if places else self._place(fields)
        if fields:
            fields[place] = (fields[place][0] if places else b"453", self.random.choice(COUNTS))

    def _msg_type(self, fields: Fields) -> None:
        if fields:
            fields[0] = (b"35", self.random.choice(MSG_TYPES))

    def _splice(self, fields: Fields) -> None:
        """SOH where a value should go on: a field without `=`, or with a tag that is none."""
        if fields:
            place = self._place(fields)
            tag, value = fields[place]
            at = self.random.randrange(len(value) + 1)
            fields[place] = (tag, value[:at] + b"\x01" * self.random.choice((1, 1, 2, 5)) + value[at:])

    def _move(self, fields: Fields) -> None:
        if fields:
            fields.insert(self._place(fields), fields.pop(self._place(fields)))

    def _length(self, fields: Fields) -> None:
        """A data field whose length is anything."""
        place = self._place(fields)
        length = self.random.choice((b"0", b"1", b"3", b"4", b"400", b"-1", b"x", b"9" * 18))
        fields[place:place] = [
            (b"95", length),
            (b"96", self.random.choice((b"a\x01b", b"", b"abc", b"\x01\x01=10=000"))),
        ]

    # Of bytes

    def _at(self, data: bytes) -> int:
        return self.random.randrange(len(data)) if data else 0

    def _flip(self, data: bytes) -> bytes:
        at = self._at(data)
        return data[:at] + bytes([data[at] ^ (1 << self.random.randrange(8))]) + data[at + 1 :] if data else data

    def _add(self, data: bytes) -> bytes:
        at = self._at(data)
        return data[:at] + self.random.randbytes(self.random.choice((1, 1, 3, 30))) + data[at:]

    def _cut_out(self, data: bytes) -> bytes:
        at = self._at(data)
        return data[:at] + data[at + self.random.choice((1, 1, 3, 30)) :]

    def _truncate(self, data: bytes) -> bytes:
        return data[: self._at(data)]

    def _concatenate(self, data: bytes) -> bytes:
        return data[: self._at(data)] + data + data[self._at(data) :]

    def _body_length(self, data: bytes) -> bytes:
        """Another BodyLength; half of them sum up."""
        by = self.random.choice((b"0", b"1", b"-1", b"12", b"500", b"4000", b"65537", b"9" * 9, b"9" * 30, b"", b"007"))
        changed = re.sub(rb"\x019=[^\x01]*", b"\x019=" + by, data, count=1)
        return summed(changed[: changed.rfind(b"10=")]) if self.random.random() < 0.5 and b"10=" in changed else changed

    def _check_sum(self, data: bytes) -> bytes:
        value = self.random.choice(
            (b"000", b"255", b"256", b"1", b"0001", b"", b"-01", b"abc", b"%03d" % self._at(data))
        )
        return data[:-4] + value + data[-1:]

    def _soh(self, data: bytes) -> bytes:
        at = self._at(data)
        return data[:at] + b"\x01" * self.random.choice((1, 2, 10)) + data[at:]

    def _repeat(self, data: bytes) -> bytes:
        one, other = sorted((self._at(data), self._at(data)))
        return data[:other] + data[one:other] * self.random.choice((1, 2, 8)) + data[other:]

    def _begin(self, data: bytes) -> bytes:
        """Nothing, or something else, where BeginString was."""
        other = self.random.choice(
            (b"", b"8=", b"8=FIX", b"8=FIX.4.2", b"8=FIX.4.4", b"8=FIX.9.9", b"8=FIXT.1.1", b"9=FIX.4.4", b"\x01")
        )
        return other + data[max(data.find(b"\x01"), 0) :]
