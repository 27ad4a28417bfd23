"""No secret survives `redact`, whatever stands around it; all else of a whole message does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.fix.redaction import SECRET_TAGS, printable, redact


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("8=FIX.4.4|35=A|553=ann|554=pw|98=0|", "8=FIX.4.4|35=A|553=ann|554=***|98=0|"),
        ("35=A|554=one|925=two|", "35=A|554=***|925=***|"),
        ("35=A|95=3|96=a b|98=0|", "35=A|95=3|96=***|98=0|"),
        ("35=A|95=5|96=a|b=c|98=0|", "35=A|95=5|96=***|98=0|"),
        ("35=A|1401=3|1402=x|y|1403=2|1404=zz|58=t|", "35=A|1401=3|1402=***|1403=2|1404=***|58=t|"),
        ("35=A|95=9|96=abc|98=0|", "35=A|95=9|96=***"),
        ("35=A|96=abc|98=0|", "35=A|96=***"),
        ("35=A|95=x|96=abc|98=0|", "35=A|95=x|96=***"),
        ("554=pw", "554=***"),
        ("35=A|554=p=w x|98=0", "35=A|554=***|98=0"),
        ("35=A|554=p|w|98=0|", "35=A|554=***|98=0|"),
        ("35=A|554=|98=0|", "35=A|554=***|98=0|"),
        ("rubbish554=pw|98=0", "rubbish554=***|98=0"),
        ("35=D|1554=x|296=2|1140=3|", "35=D|1554=x|296=2|1140=3|"),
        ("35=D|44=96|38=554|", "35=D|44=96|38=554|"),
        ("", ""),
    ],
)
def test_secret_values_become_stars_and_the_rest_stays(text: str, shown: str) -> None:
    assert redact(text.replace("|", "\x01")) == shown.replace("|", "\x01")


@pytest.mark.parametrize("soh", ["|", "\\x01", "^A", "\\u0001", "␁"])
def test_a_message_in_a_form_for_people_is_understood(soh: str) -> None:
    assert redact(f"35=A{soh}554=pw{soh}98=0{soh}") == f"35=A{soh}554=***{soh}98=0{soh}"


@given(st.text("019=|A\x01x", max_size=20), st.sampled_from(sorted(SECRET_TAGS)), st.text("019=\x01x", max_size=20))
def test_no_noise_around_a_secret_shows_it(before: str, tag: str, after: str) -> None:
    text = f"{before}\x01{tag}=PLANTED\x01{after}"
    assert "PLANTED" not in redact(text)


@given(st.text("SE\x01=|", min_size=1, max_size=30))
def test_data_with_soh_is_hidden_whole(secret: str) -> None:
    assert (
        redact(f"35=A\x0195={len(secret)}\x0196={secret}\x0198=0\x01")
        == f"35=A\x0195={len(secret)}\x0196=***\x0198=0\x01"
    )


@given(st.text(max_size=200))
def test_it_takes_any_text_and_is_done_after_once(text: str) -> None:
    assert redact(redact(text)) == redact(text)


def test_a_long_text_of_nothing_but_secrets_takes_no_time_of_its_square() -> None:
    assert redact("95=1\x0196=x\x01" * 20_000) == "95=1\x0196=***\x01" * 20_000


def test_control_characters_are_written_out() -> None:
    assert printable("a\x1b[31m\r\nb\x9b\x01") == "a\\x1b[31m\\x0d\\x0ab\\x9b\\x01"
    assert printable("line\u2028sep") == "line\\u2028sep"
    assert printable("Zürich ok") == "Zürich ok"
