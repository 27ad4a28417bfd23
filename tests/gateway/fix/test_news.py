"""News(B) in the bodies of every version, and to whom it comes."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.fix.codec import Codec
from gateway.fix.dictionary import load
from gateway.fix.message import encode
from gateway.fix.news import send_news
from gateway.fix.versions import VERSIONS
from tests.gateway.fix.dialogue import Dialogue


@pytest.mark.parametrize(
    ("text", "urgency", "body"),
    [
        ("We close early", "normal", "61=0|148=We close early|33=1|58=We close early"),
        ("We close early\n\n at 18:00 \nSorry", "flash", "61=1|148=We close early|33=2|58=at 18:00|58=Sorry"),
        ("\nA", "background", "61=2|148=A|33=1|58=A"),
    ],
)
@pytest.mark.parametrize("version", VERSIONS)
def test_the_first_line_is_the_headline(tmp_path: Path, text: str, urgency: str, body: str, version: str) -> None:
    talk = Dialogue(tmp_path)
    send_news(talk.session, text, urgency)
    assert talk.session.log.flush()
    [(number, data)] = list(talk.session.log.sent(1, 1))
    sent = data.decode().replace("\x01", "|")
    assert (number, sent[sent.index("61=") : sent.rindex("10=") - 1]) == (1, body)
    head = f"35=B|49=VENUE|56=CLIENT|34=1|52={talk.clock.text}|".replace("|", "\x01")
    wire = encode(VERSIONS[version].begin_string, head + body.replace("|", "\x01") + "\x01")
    assert Codec(load(version)).read(wire[:-7].decode()).violation is None


def test_whoever_is_away_gets_it_at_the_next_logon(tmp_path: Path) -> None:
    talk = Dialogue(tmp_path)
    send_news(talk.session, "A1", "normal")
    talk.play("""
        > A|34=1|98=0|108=30
        < A|34=2|98=0|108=30
        > 2|34=2|7=1|16=0
        < B|34=1|43=Y|122=12:00:00|61=0|58=A1
        < 4|34=2|43=Y|122=12:00:00|123=Y|36=3
    """)
