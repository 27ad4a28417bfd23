"""The pages of docs/fix: every message, and samples that the codec takes."""

from __future__ import annotations

import re

import pytest

from gateway.fix.codec import Codec
from gateway.fix.dictionary import VERSIONS, load
from gateway.fix.framing import Framing
from scripts.fix_documents import FROM_CLIENT, FROM_VENUE, SAMPLES, fix_documents, sample

PAGES = {name.removeprefix("docs/fix/"): text() for name, text in fix_documents().items()}


def test_every_message_that_is_taken_or_sent_has_a_page_and_a_sample() -> None:
    newest = load(VERSIONS[-1])
    with_body = {
        (one.msg_type, f"{newest.messages[one.msg_type].name}.md")
        for version in VERSIONS
        for one in load(version).messages.values()
        if one.body is not None
    }
    assert with_body == {(msg_type, page) for msg_type in SAMPLES for page in PAGES if f"({msg_type})\n" in PAGES[page]}
    assert set(PAGES) == {page for _, page in with_body} | {"README.md", "components.md", "codes.md"}
    assert set(FROM_CLIENT).isdisjoint(FROM_VENUE) and {*FROM_CLIENT, *FROM_VENUE} <= SAMPLES.keys()


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("msg_type", SAMPLES)
def test_the_codec_takes_every_sample(version: str, msg_type: str) -> None:
    dictionary = load(version)
    message = dictionary.message(msg_type)
    if message is None or message.body is None:
        assert version == "FIX.4.2" or (version in ("FIX.4.4", "FIX.5.0") and msg_type in ("CA", "BZ"))
        return
    wire = sample(dictionary, msg_type)
    [text] = Framing(65_536).receive(wire)
    assert isinstance(text, str)
    read = Codec(dictionary, check_user_defined=True).read(text)
    assert (read.msg_type, read.violation) == (msg_type, None)
    page = f"{load(VERSIONS[-1]).messages[msg_type].name}.md"
    assert wire.decode("latin-1").replace("\x01", "|") in PAGES[page] or version == "FIX.4.2"


@pytest.mark.parametrize("version", VERSIONS)
def test_samples_say_more_than_what_is_required(version: str) -> None:
    dictionary = load(version)
    for msg_type in ("D", "G", "8", "9", "j", "r", "y"):
        message = dictionary.message(msg_type)
        if message is not None and message.body is not None:
            assert sample(dictionary, msg_type).count(b"\x01") > 9 + len(message.body.required)


def test_links_lead_somewhere() -> None:
    anchors = {
        page: {line[3:].lower() for line in text.splitlines() if line[:3] == "## "} for page, text in PAGES.items()
    }
    for page, text in PAGES.items():
        for target, anchor in re.findall(r"\]\(([A-Za-z]+\.md)(?:#([^)]+))?\)", text):
            assert target in PAGES, f"{page}: {target}"
            assert not anchor or anchor in anchors[target], f"{page}: {target}#{anchor}"


@pytest.mark.parametrize(
    ("page", "line"),
    [
        (
            "NewOrderSingle.md",
            "| 54 | Side | char | **R** | **R** | **R** | **R** | **R** | [17 values](codes.md#side) |",
        ),
        ("NewOrderSingle.md", "| 109 | ClientID | String | o |  |  |  |  |  |"),
        ("ExecutionReport.md", "| 32 | LastQty (4.2: LastShares) | Qty | o | o | o | o | o |  |"),
        ("ExecutionReport.md", "| 6 | AvgPx | Price | **R** | **R** | o | o | o |  |"),
        ("News.md", "| 58 | → Text | String | **R** | **R** | **R** | **R** | **R** |  |"),
        ("components.md", "| 523 | → → PartySubID | String |  | o | o | o | o |  |"),
        ("codes.md", "| `F` | Trade | 4.4 5.0 SP1 SP2 |"),
        ("README.md", "| q | [OrderMassCancelRequest](OrderMassCancelRequest.md) | client | 4.4 5.0 SP1 SP2 |"),
    ],
)
def test_lines(page: str, line: str) -> None:
    assert line in PAGES[page].splitlines()
