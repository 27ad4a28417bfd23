"""What recovery makes of files that are not as they were written: each cut and bit of small ones, whole segments."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from exchange.sequencing.journal import Journal, JournalCorrupt, read, verify
from exchange.sequencing.journal_format import FRAME_HEAD_BYTES, HEADER_BYTES, RECORD_BYTES_MAX, frames, segment_header

RECORDS = [b"first", b"second record", b"third\0\0", b"fourth, the last"]
SEGMENT_BYTES = 256


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A journal of one segment with four records, the third ending with zeros."""
    journal = Journal(tmp_path / "journal", segment_bytes=SEGMENT_BYTES, reserve_bytes=0)
    journal.open()
    journal.append(RECORDS)
    journal.close()
    return tmp_path / "journal"


@pytest.fixture
def long_folder(tmp_path: Path) -> Path:
    """A journal of four segments with three records each."""
    journal = Journal(tmp_path / "journal", segment_bytes=128, reserve_bytes=0)
    journal.open()
    for start in range(1, 13, 3):
        journal.append([b"record %02d" % number for number in range(start, start + 3)])
    journal.close()
    return tmp_path / "journal"


def frame_starts() -> Iterator[int]:
    position = HEADER_BYTES
    for record in RECORDS:
        yield position
        position += FRAME_HEAD_BYTES + len(record)
    yield position


STARTS = list(frame_starts())
"""Where in the file the four frames begin, and where the last ends."""


def segment(folder: Path, index: int = 0) -> Path:
    return sorted(folder.iterdir())[index]


def recovered(folder: Path) -> list[bytes]:
    """What is in the journal after recovery, which must then take records as ever."""
    journal = Journal(folder, segment_bytes=SEGMENT_BYTES, reserve_bytes=0)
    last = journal.open()
    records = [payload for _, payload in journal.read()]
    assert len(records) == last
    assert journal.append([b"new"]) == last + 1
    journal.close()
    assert [payload for _, payload in read(folder)] == [*records, b"new"]
    assert verify(folder).torn is None
    return records


def refused(folder: Path) -> JournalCorrupt:
    """How recovery refuses, which must change nothing."""
    before = {path: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(JournalCorrupt) as refusal:
        Journal(folder).open()
    assert before == {path: path.read_bytes() for path in folder.iterdir()}
    assert verify(folder).damage == refusal.value.damage
    with pytest.raises(JournalCorrupt):
        list(read(folder))
    return refusal.value


def test_every_cut_in_the_last_two_records_leaves_the_whole_ones(folder: Path) -> None:
    path = segment(folder)
    whole = path.read_bytes()
    for cut in range(STARTS[2], STARTS[4] + 1):
        path.write_bytes(whole[:cut])
        assert recovered(folder) == RECORDS[: 2 if cut < STARTS[3] else 3 if cut < STARTS[4] else 4], cut


def test_every_cut_with_zeros_behind_leaves_the_whole_ones(folder: Path) -> None:
    path = segment(folder)
    whole = path.read_bytes()
    for cut in range(STARTS[2], STARTS[4] + 1):
        path.write_bytes(whole[:cut] + bytes(len(whole) - cut))
        third_is_whole = cut >= STARTS[3] - 2  # it ends with two zeros
        assert recovered(folder) == RECORDS[: 4 if cut == STARTS[4] else 3 if third_is_whole else 2], cut


def test_every_bit_of_the_last_record_makes_an_interrupted_write(folder: Path) -> None:
    path = segment(folder)
    whole = path.read_bytes()
    for bit in range(STARTS[3] * 8, STARTS[4] * 8):
        path.write_bytes(flipped(whole, bit))
        report = verify(folder)
        assert report.damage is None, bit
        assert report.torn is not None, bit
        assert (report.torn.offset, report.torn.expected, report.records) == (STARTS[3], 4, 3), bit
        assert recovered(folder) == RECORDS[:3], bit


def test_every_bit_of_the_records_before_is_damage(folder: Path) -> None:
    path = segment(folder)
    whole = path.read_bytes()
    for bit in range(STARTS[0] * 8, STARTS[3] * 8):
        path.write_bytes(flipped(whole, bit))
        index = next(index for index in range(4) if STARTS[index + 1] * 8 > bit)
        damage = refused(folder).damage
        assert (damage.file, damage.offset, damage.expected) == (str(path), STARTS[index], index + 1), bit
        assert "with a good record behind it at byte" in damage.found, bit


def test_every_bit_of_the_header_is_damage(folder: Path) -> None:
    path = segment(folder)
    whole = path.read_bytes()
    for bit in range(HEADER_BYTES * 8):
        path.write_bytes(flipped(whole, bit))
        assert refused(folder).damage.offset == 0, bit


def test_a_good_record_that_ends_with_zeros_proves_damage_before_it(folder: Path) -> None:
    path = segment(folder)
    whole = path.read_bytes()
    path.write_bytes(whole[: STARTS[1]] + b"\xff" + whole[STARTS[1] + 1 : STARTS[3]] + bytes(SEGMENT_BYTES - STARTS[3]))
    assert refused(folder).damage.expected == 2


def test_a_good_record_of_nothing_but_zeros_proves_damage_before_it(tmp_path: Path) -> None:
    journal = Journal(tmp_path, segment_bytes=SEGMENT_BYTES, reserve_bytes=0)
    journal.open()
    journal.append([b"first", bytes(9)])
    journal.close()
    path = segment(tmp_path)
    path.write_bytes(flipped(path.read_bytes(), HEADER_BYTES * 8))
    assert refused(tmp_path).damage.expected == 1


def test_a_good_record_that_ends_with_zeros_far_away_proves_damage_before_it(tmp_path: Path) -> None:
    """The file is read in pieces and pieces of zeros at its end are not kept, but such a record needs the next one."""
    journal = Journal(tmp_path, segment_bytes=8 * RECORD_BYTES_MAX)
    journal.open()
    journal.append([b"x" * 900_000, b"x" * 900_000, b"x" + bytes(RECORD_BYTES_MAX - 1)])
    journal.close()
    path = segment(tmp_path)
    content = bytearray(path.read_bytes())
    for offset in (100, 1_000_000):
        content[offset] ^= 1
    path.write_bytes(content)
    damage = refused(tmp_path).damage
    assert damage.expected == 1
    assert damage.found.endswith(f"with a good record behind it at byte {HEADER_BYTES + 2 * 900_016}")


def test_a_record_of_no_bytes_is_none_even_when_its_checksum_is_right(folder: Path) -> None:
    path = segment(folder)
    path.write_bytes(path.read_bytes()[: STARTS[4]] + frames([b""], 5))
    report = verify(folder)
    assert report.torn is not None
    assert (report.last, report.torn.found) == (4, "a record of 0 bytes")
    assert recovered(folder) == RECORDS


def test_zeros_in_place_of_a_record_are_damage_when_one_follows(folder: Path) -> None:
    path = segment(folder)
    whole = path.read_bytes()
    path.write_bytes(whole[: STARTS[1]] + bytes(STARTS[2] - STARTS[1]) + whole[STARTS[2] :])
    assert refused(folder).damage.found.startswith("a record of 0 bytes, with a good record behind it")


@pytest.mark.parametrize("index", range(3))
@pytest.mark.parametrize("offset", [40, 60, 80])
def test_a_bad_record_in_an_earlier_segment_is_damage_even_at_its_end(
    long_folder: Path, index: int, offset: int
) -> None:
    path = segment(long_folder, index)
    path.write_bytes(flipped(path.read_bytes(), offset * 8))
    text = str(refused(long_folder))
    assert str(path) in text
    assert f"expected record {3 * index + 1 + (offset - HEADER_BYTES) // 25}" in text
    assert "Nothing was changed" in text


@pytest.mark.parametrize("index", range(3))
def test_an_earlier_segment_that_was_cut_is_damage(long_folder: Path, index: int) -> None:
    path = segment(long_folder, index)
    path.write_bytes(path.read_bytes()[: HEADER_BYTES + 25 + 10])
    damage = refused(long_folder).damage
    assert (damage.file, damage.offset, damage.expected) == (str(path), HEADER_BYTES + 25, 3 * index + 2)


@pytest.mark.parametrize(
    ("index", "offset", "found"),
    [
        (0, 0, "records from 4 on: a segment before is missing"),
        (1, 99, "the end of the segment, and 00000000000000000007.journal begins with 7"),
        (2, 99, "the end of the segment, and 00000000000000000010.journal begins with 10"),
    ],
)
def test_a_missing_segment_is_damage(long_folder: Path, index: int, offset: int, found: str) -> None:
    segment(long_folder, index).unlink()
    damage = refused(long_folder).damage
    assert (damage.offset, damage.found) == (offset, found)


@pytest.mark.parametrize(
    ("start", "found"),
    [
        (b"GIF89a\0\0", r"b'GIF89a\x00\x00', which does not begin a journal segment (b'fixpitJ\n')"),
        (b"fixpitJ\n\2\0\0\0", "format version 2, while this fixpit reads version 1"),
        (b"fixpitJ\n\1\0\0\0\0\0\0\0", "a header whose checksum does not match"),
        (segment_header(7), "a header for sequence 7 under a name for 1"),
    ],
)
def test_an_unknown_format_is_refused(folder: Path, start: bytes, found: str) -> None:
    path = segment(folder)
    path.write_bytes(start + path.read_bytes()[len(start) :])
    assert refused(folder).damage.found == found


def test_a_header_that_is_too_short_is_damage_when_a_segment_follows(long_folder: Path) -> None:
    segment(long_folder, 1).write_bytes(b"fixpit")
    assert refused(long_folder).damage.found == "a header of 6 bytes instead of 24"


@pytest.mark.parametrize("size", [0, 128])
@pytest.mark.parametrize("written", range(17))  # the seven bytes after these are zeros: the header is then whole
def test_a_segment_whose_creation_was_interrupted_is_removed(long_folder: Path, written: int, size: int) -> None:
    begun = long_folder / f"{13:020d}.journal"
    header = segment_header(13)[:written]
    begun.write_bytes(header + bytes(max(size - written, 0)))
    assert verify(long_folder).unfinished == str(begun)
    assert len(recovered(long_folder)) == 12


def test_an_interrupted_first_segment_is_an_empty_journal(tmp_path: Path) -> None:
    (tmp_path / f"{1:020d}.journal").write_bytes(bytes(4096))
    assert recovered(tmp_path) == []


def test_a_headless_segment_with_records_is_damage(folder: Path) -> None:
    path = segment(folder)
    path.write_bytes(bytes(HEADER_BYTES) + path.read_bytes()[HEADER_BYTES:])
    assert "does not begin a journal segment" in refused(folder).damage.found


def test_a_frame_numbered_out_of_turn_is_damage(folder: Path) -> None:
    path = segment(folder)
    whole = path.read_bytes()
    path.write_bytes(whole[: STARTS[1]] + whole[STARTS[2] :])
    damage = refused(folder).damage
    assert damage.expected == 2
    assert damage.found.startswith("a record numbered 3")


def test_what_was_cut_off_is_reported(folder: Path) -> None:
    path = segment(folder)
    path.write_bytes(path.read_bytes()[: STARTS[3] + 20])
    journal = Journal(folder)
    assert journal.open() == 3
    torn = journal.torn
    assert torn is not None
    assert (torn.file, torn.offset, torn.dropped_bytes, torn.expected) == (str(path), STARTS[3], 20, 4)
    assert torn.found == "20 bytes of a record of 32"
    journal.close()
    assert Journal(folder).open() == 3


def flipped(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)
