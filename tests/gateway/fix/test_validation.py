"""The rules of the dictionary, one table row for each, and which of several answers."""

from __future__ import annotations

import pytest

from gateway.fix.codec import Codec
from gateway.fix.dictionary import VERSIONS, load
from gateway.fix.framing import Framing
from gateway.fix.message import Message, Violation, encode

FIX44 = load("FIX.4.4")
STRICT = Codec(FIX44, check_user_defined=True)
LENIENT = Codec(FIX44)

TIME = "20240621-13:30:00.000"
HEADER = f"34=2|49=A|56=B|52={TIME}|"
BEAT = f"35=0|{HEADER}"
ORDER = f"35=D|{HEADER}11=1|55=ACME|54=1|60={TIME}|38=100|40=2|44=10.00|"
LOGON = f"35=A|{HEADER}98=0|108=30|"
REPORT = f"35=8|{HEADER}37=1|17=1|150=0|39=0|55=ACME|54=1|151=100|14=0|6=0|"


def read(body: str, codec: Codec = STRICT) -> Message:
    [text] = Framing(65_536).receive(encode("FIX.4.4", body.replace("|", "\x01")))
    assert isinstance(text, str)
    return codec.read(text)


def violation_of(body: str, codec: Codec = STRICT) -> Violation | None:
    return read(body, codec).violation


@pytest.mark.parametrize(
    "body",
    [
        BEAT,
        f"35=0|52={TIME}|56=B|34=2|49=A|112=x|",
        ORDER,
        ORDER.replace("38=100", "38=002000.00"),
        ORDER.replace("55=ACME|", "48=US0000000001|22=4|"),
        ORDER + "386=0|",
        ORDER + "386=2|336=PRE-OPEN|336=DAY|625=1|58=x|",
        ORDER + "18=G 6|529=1 A|",
        ORDER + "354=3|355=x|y|",
        ORDER + "93=3|89=x|y|",
        f"35=D|{HEADER}43=Y|97=N|122={TIME}|115=C|" + ORDER.removeprefix(f"35=D|{HEADER}"),
        f"35=0|{HEADER}627=2|628=X|629={TIME}|630=1|628=Y|112=x|",
        f"35=0|{HEADER}90=3|91=|x||",
        LOGON + "95=7|96=a|10=00|553=u|554=p|141=Y|789=5|",
        LOGON + "384=2|372=D|385=S|372=8|385=R|",
        REPORT + "382=1|375=X|337=Y|555=1|600=L|604=1|605=a|606=b|687=1|539=1|524=p|525=D|538=1|654=r|58=x|",
        ORDER + "78=2|79=A|539=1|524=x|804=1|545=y|805=1|80=60|79=B|80=40|",
        f"35=F|{HEADER}41=1|11=2|55=ACME|54=1|60={TIME}|",
        f"35=G|{HEADER}41=1|11=2|55=ACME|54=1|60={TIME}|38=5|40=2|44=1|",
        f"35=H|{HEADER}11=1|55=ACME|54=1|",
        f"35=j|{HEADER}372=AE|380=3|45=7|",
        f"35=9|{HEADER}37=NONE|11=1|41=0|39=8|434=1|102=1|",
    ],
)
def test_right_messages(body: str) -> None:
    assert violation_of(body) is None


@pytest.mark.parametrize(
    ("body", "reason", "ref_tag", "text"),
    [
        # 0: no such field
        (BEAT + "999=HI|", 0, "999", "Tag 999 is not a field of FIX.4.4"),
        (BEAT + "0=HI|", 0, "0", "Tag 0 is not a field of FIX.4.4"),
        (BEAT + "-1=HI|", 0, "-1", "Tag -1 is not a field of FIX.4.4"),
        (BEAT + "101=HI|", 0, "101", "Tag 101 is not a field of FIX.4.4"),
        (BEAT + "0112=x|", 0, "0112", "Tag 0112 is not a field of FIX.4.4"),
        (BEAT + "5000=HI|", 0, "5000", "Tag 5000 is not a field of FIX.4.4"),
        (BEAT + "4999=HI|", 0, "4999", "Tag 4999 is not a field of FIX.4.4"),
        (BEAT + "foo=HI|", 0, "", "Tag foo is not a field of FIX.4.4"),
        (BEAT + "no equals sign|", 0, "", "Tag no equals sign is not a field of FIX.4.4"),
        (BEAT + "=x|", 0, "", "Tag without a number is not a field of FIX.4.4"),
        (BEAT + "9" * 60 + "=x|", 0, "", f"Tag {'9' * 40}... is not a field of FIX.4.4"),
        # 1: a required field is missing
        (f"35=0|34=2|49=A|52={TIME}|", 1, "56", "TargetCompID(56) is required in the header"),
        (f"35=0|49=A|56=B|52={TIME}|", 1, "34", "MsgSeqNum(34) is required in the header"),
        (ORDER.replace("|11=1", ""), 1, "11", "ClOrdID(11) is required in NewOrderSingle(D)"),
        (ORDER.replace("|54=1", ""), 1, "54", "Side(54) is required in NewOrderSingle(D)"),
        (LOGON.replace("108=30|", ""), 1, "108", "HeartBtInt(108) is required in Logon(A)"),
        (f"35=1|{HEADER}", 1, "112", "TestReqID(112) is required in TestRequest(1)"),
        (ORDER + "355=x|", 1, "354", "EncodedTextLen(354) is required right before EncodedText(355)"),
        (ORDER + "354=1|58=x|355=x|", 1, "354", "EncodedTextLen(354) is required right before EncodedText(355)"),
        # 2: another message's field
        (BEAT + "55=MSFT|", 2, "55", "Symbol(55) is not a field of Heartbeat(0)"),
        (ORDER + "150=0|", 2, "150", "ExecType(150) is not a field of NewOrderSingle(D)"),
        # 4: no value
        (f"35=0|34=2|49=A|56=|52={TIME}|", 4, "56", "TargetCompID(56) has no value"),
        (ORDER.replace("11=1|", "115=|11=1|"), 4, "115", "OnBehalfOfCompID(115) has no value"),
        (ORDER + "58|", 4, "58", "Text(58) has no value"),
        (f"35=|{HEADER}", 4, "35", "MsgType(35) has no value"),
        # 5: none of the codes
        (ORDER + "21=4|", 5, "21", "HandlInst(21) 4 is not one of 1 2 3"),
        (ORDER.replace("40=2", "40=w"), 5, "40", "OrdType(40) w is not one of 1 2 3 4 5 6 7 8 9 A B C ..."),
        (ORDER + "167=BOO|", 5, "167", None),
        (ORDER + "18=G ?|", 5, "18", None),
        (REPORT.replace("39=0", "39=5"), 5, "39", None),
        (LOGON.replace("98=0", "98=7"), 5, "98", "EncryptMethod(98) 7 is not one of 0 1 2 3 4 5 6"),
        # 6: not of the field's type
        (ORDER.replace("38=100", "38=+200.00"), 6, "38", "OrderQty(38) +200.00 is not a Qty such as 100 or 12.50"),
        (ORDER.replace("44=10.00", "44=1e3"), 6, "44", "Price(44) 1e3 is not a Price such as 100 or 12.50"),
        (ORDER + "126=20040415|", 6, "126", None),
        (ORDER.replace("54=1", "54=12"), 6, "54", "Side(54) 12 is not a char such as A"),
        (ORDER + "114=y|", 6, "114", "LocateReqd(114) y is not a Boolean such as Y or N"),
        (LOGON.replace("108=30", "108=thirty"), 6, "108", "HeartBtInt(108) thirty is not an int such as 30"),
        (ORDER + "386=x|", 6, "386", "NoTradingSessions(386) x is not a NumInGroup such as 2"),
        (f"35=0|34=x|49=A|56=B|52={TIME}|", 6, "34", "MsgSeqNum(34) x is not a SeqNum such as 30"),
        (ORDER + "354=9|355=x|58=y|", 6, "354", "EncodedTextLen(354) 9 is not the length of EncodedText(355)"),
        (ORDER.replace("38=100", "38=" + "x" * 50), 6, "38", None),
        # 6: right, but beyond what is read
        (
            ORDER.replace("38=100", "38=" + "1" * 21),
            6,
            "38",
            f"OrderQty(38) {'1' * 21} is longer than what is read: 20 digits before and 20 after the point",
        ),
        (
            ORDER.replace("44=10.00", "44=-.000000000000000000001"),
            6,
            "44",
            "Price(44) -.000000000000000000001 is longer than what is read: 20 digits before and 20 after the point",
        ),
        (f"35=0|34={'1' * 19}|49=A|56=B|52={TIME}|", 6, "34", None),
        (
            ORDER + "386=1234567890|",
            6,
            "386",
            "NoTradingSessions(386) 1234567890 is longer than what is read: 9 digits",
        ),
        # 11: no such message
        (f"35=*|{HEADER}", 11, "35", "MsgType(35) * is not a message of FIX.4.4"),
        (f"35=ZZ|{HEADER}", 11, "35", "MsgType(35) ZZ is not a message of FIX.4.4"),
        # 13: twice
        (ORDER + "40=1|", 13, "40", "OrdType(40) appears more than once"),
        (f"35=0|{HEADER}34=3|", 13, "34", "MsgSeqNum(34) appears more than once"),
        (ORDER + "386=1|336=a|386=1|336=b|", 13, "386", "NoTradingSessions(386) appears more than once"),
        # 14: header, body, trailer
        (f"35=D|55=ACME|{HEADER}", 14, "34", "MsgSeqNum(34) is a field of the header and stands after the body began"),
        (ORDER + "97=Y|", 14, "97", "PossResend(97) is a field of the header and stands after the body began"),
        (ORDER + "93=1|89=x|58=y|", 14, "58", "Text(58) is a field of the body and stands after the trailer began"),
        (BEAT + "93=1|89=x|97=Y|", 14, "97", None),
        # 15: inside a repeating group
        (ORDER + "453=1|447=D|448=A|", 15, "447", "PartyIDSource(447) stands where PartyID(448) must begin an entry"),
        (
            ORDER + "453=1|448=A|452=1|447=D|",
            15,
            "447",
            "PartyIDSource(447) must stand before PartyRole(452) in its entry",
        ),
        (ORDER + "453=1|448=A|447=D|447=D|", 15, "447", "PartyIDSource(447) appears more than once in its entry"),
        (ORDER + "448=A|", 15, "448", "PartyID(448) stands outside of its repeating group in NewOrderSingle(D)"),
        # 16: its count
        (ORDER + "386=3|336=a|336=b|", 16, "386", "NoTradingSessions(386) is 3; entries that follow: 2"),
        (ORDER + "386=1|336=a|336=b|", 16, "386", "NoTradingSessions(386) is 1; entries that follow: 2"),
        (ORDER + "386=0|336=a|", 16, "386", "NoTradingSessions(386) is 0; entries that follow: 1"),
        (ORDER + "386=1|", 16, "386", "NoTradingSessions(386) is 1; entries that follow: 0"),
        (ORDER + "453=1|448=A|802=2|523=x|58=y|", 16, "802", "NoPartySubIDs(802) is 2; entries that follow: 1"),
        (f"35=0|{HEADER}627=2|628=X|112=x|", 16, "627", "NoHops(627) is 2; entries that follow: 1"),
        # Values inside of a group are checked too.
        (ORDER + "453=1|448=|447=D|", 4, "448", "PartyID(448) has no value"),
        (ORDER + "453=1|448=A|452=99|", 5, "452", None),
        (ORDER + "453=1|448=A|802=1|523=x|803=y|", 6, "803", "PartySubIDType(803) y is not an int such as 30"),
    ],
)
def test_each_rule(body: str, reason: int, ref_tag: str, text: str | None) -> None:
    found = violation_of(body)
    assert found is not None
    assert (int(found.reason), found.ref_tag) == (reason, ref_tag)
    assert text is None or found.text == text
    assert "\x01" not in found.text and len(found.text) < 150


@pytest.mark.parametrize(
    ("body", "reason", "ref_tag"),
    [
        (f"35=*|{HEADER}999=|", 11, "35"),
        (ORDER.replace("|11=1|", "|115=|").replace("40=2", "40=w"), 4, "115"),
        (ORDER.replace("|11=1|", "|").replace("40=2", "40=w"), 5, "40"),
        (ORDER.replace("40=2", "40=w") + "999=1|", 5, "40"),
        (ORDER + "999=1|40=w|", 0, "999"),
        (ORDER + "49=|", 4, "49"),
    ],
)
def test_of_several_violations_the_first_in_the_message_answers(body: str, reason: int, ref_tag: str) -> None:
    found = violation_of(body)
    assert found is not None and (int(found.reason), found.ref_tag) == (reason, ref_tag)


def test_user_defined_tags_are_taken_unless_they_are_checked() -> None:
    for tag in ("5000", "9999", "10000", "123456"):
        assert violation_of(ORDER + f"{tag}=x|", LENIENT) is None
        assert violation_of(f"35=0|49=A|{tag}=x|34=2|56=B|52={TIME}|", LENIENT) is None
        found = violation_of(ORDER + f"{tag}=x|", STRICT)
        assert found is not None and (int(found.reason), found.ref_tag) == (0, tag)
    for body, reason in (
        (BEAT + "4999=x|", 0),
        (BEAT + "05000=x|", 0),
        (BEAT + "5000=|", 4),
        (BEAT + "5000=x|5000=y|", 13),
    ):
        found = violation_of(body, LENIENT)
        assert found is not None and int(found.reason) == reason


def test_of_a_message_known_by_name_only_the_header_is_checked() -> None:
    assert violation_of(f"35=V|{HEADER}262=x|999=y|44=z|") is None
    found = violation_of(f"35=V|34=2|49=A|52={TIME}|262=x|")
    assert found is not None and found.text == "TargetCompID(56) is required in the header"


def test_what_a_session_needs_is_there_whatever_is_wrong() -> None:
    message = read(f"35=D|34=7|49=A|56=B|52={TIME}|43=Y|54=Z|")
    assert message.violation is not None
    assert (message.begin_string, message.msg_type, message.seq) == ("FIX.4.4", "D", 7)
    assert [message.fields[tag] for tag in ("49", "56", "52", "43")] == ["A", "B", TIME, "Y"]
    assert read("35=D|34=x|").seq == -1
    assert read("35=D|").seq == -1


def test_text_that_no_framing_gave_is_judged_too() -> None:
    for text, reason, ref_tag in (("", 1, "35"), ("garbage", 1, "35"), ("35=D\x01", 1, "8"), ("35=D\x0134", 4, "34")):
        message = STRICT.read(text)
        assert message.violation is not None
        assert (int(message.violation.reason), message.violation.ref_tag) == (reason, ref_tag)


CODECS = {version: Codec(load(version)) for version in VERSIONS}
STAMPED = f"34=2|49=A|56=B|52={TIME}|"
TERMS = f"11=1|21=1|55=ACME|54=1|60={TIME}|38=100|40=2|44=10.00|"


def violation_in(version: str, body: str) -> Violation | None:
    codec = CODECS[version]
    [text] = Framing(65_536).receive(encode(codec.dictionary.begin_string, body.replace("|", "\x01")))
    assert isinstance(text, str)
    return codec.read(text).violation


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    "body",
    [
        f"35=D|{STAMPED}{TERMS}",
        f"35=D|{STAMPED}{TERMS}386=2|336=PRE-OPEN|336=AFTER-HOURS|",
        f"35=D|{STAMPED}{TERMS}386=0|167=FUT|",
        f"35=H|{STAMPED}11=1|55=ACME|54=1|",
        f"35=8|{STAMPED}37=1|17=1|20=0|150=0|39=0|55=ACME|54=1|151=1|14=0|6=0|".replace("20=0|", ""),
        f"35=A|{STAMPED}98=0|108=30|",
        f"35=5|{STAMPED}58=x|",
        f"35=e|{STAMPED}324=1|263=1|55=ACME|",
    ],
)
def test_what_every_version_takes(version: str, body: str) -> None:
    if body.startswith("35=8") and version == "FIX.4.2":
        body = body.replace("150=0", "20=0|150=0")
    if body.startswith("35=A") and version.startswith("FIX.5"):
        body += "1137=9|"
    assert violation_in(version, body) is None


@pytest.mark.parametrize(
    ("version", "body"),
    [
        ("FIX.4.2", f"35=D|{STAMPED}{TERMS}109=me|47=A|77=O|204=0|439=X|205=31|201=1|"),
        ("FIX.4.2", f"35=d|{STAMPED}320=a|322=b|323=6|55=TBS|22=8|167=OPT|336=MAIN|58=none|393=0|146=0|"),
        ("FIX.4.2", f"35=B|{STAMPED}148=x|33=2|58=one|58=two|354=1|355=y|"),
        ("FIX.4.2", f"35=A|{STAMPED}98=0|108=30|553=u|554=p|"),
        ("FIX.4.2", f"35=c|{STAMPED}320=a|321=0|146=2|311=A|319=1|54=1|311=B|319=2|54=2|"),
        ("FIX.4.4", f"35=d|{STAMPED}320=a|322=b|323=6|55=TBS|22=8|167=CS|336=MAIN|58=none|454=0|"),
        ("FIX.4.4", f"35=y|{STAMPED}320=1|322=1|560=0|893=Y|146=2|55=ACME|15=USD|561=1|55=IBM|555=1|600=x|58=y|"),
        ("FIX.4.4", f"35=r|{STAMPED}37=1|530=7|531=7|534=2|41=a|535=1|41=b|535=2|55=ACME|"),
        ("FIX.4.4", f"35=D|{STAMPED}{TERMS}201=1|"),
        ("FIX.5.0SP2", f"35=D|1128=9|{STAMPED}{TERMS}1138=10|1084=1|1100=4|1102=9.5|"),
        ("FIX.5.0SP2", f"35=d|{STAMPED}320=a|322=b|323=6|55=TBS|22=8|167=CS|58=none|454=0|"),
        ("FIX.5.0SP2", f"35=D|{STAMPED}{TERMS}1185=3|".replace("1185=3|", "1184=3|1185=a|b|")),
        ("FIX.5.0SP2", f"35=F|{STAMPED}37=7|11=2|54=1|60={TIME}|"),
        ("FIX.5.0SP2", f"35=r|{STAMPED}37=1|1369=2|530=8|531=8|1370=1|1372=a|1371=b|1301=XNYS|"),
        ("FIX.5.0SP2", f"35=A|{STAMPED}98=0|108=30|553=u|1400=101|1401=3|1402=a|b|1137=9|1407=100|1408=x|58=hello|"),
        ("FIX.5.0SP2", f"35=5|{STAMPED}1409=4|58=bye|"),
        ("FIX.5.0SP2", f"35=0|1128=9|1156=100|1129=x|{STAMPED}112=x|"),
    ],
)
def test_what_a_version_takes(version: str, body: str) -> None:
    assert violation_in(version, body) is None


@pytest.mark.parametrize(
    ("version", "body", "reason", "ref_tag", "text"),
    [
        # The test cases 14a to 14i, where their fields differ by version.
        ("FIX.4.2", f"35=0|{STAMPED}999=HI|", 0, "999", "Tag 999 is not a field of FIX.4.2"),
        ("FIX.4.2", f"35=0|{STAMPED}453=1|", 0, "453", "Tag 453 is not a field of FIX.4.2"),
        ("FIX.4.2", f"35=D|{STAMPED}{TERMS}".replace("|55=ACME", ""), 1, "55", "Symbol(55) is required in *"),
        ("FIX.4.2", f"35=D|{STAMPED}{TERMS}".replace("|21=1", ""), 1, "21", "HandlInst(21) is required in *"),
        ("FIX.4.2", f"35=0|{STAMPED}55=MSFT|", 2, "55", "Symbol(55) is not a field of Heartbeat(0)"),
        ("FIX.4.2", f"35=A|{STAMPED}98=0|108=2|925=u|", 0, "925", "Tag 925 is not a field of FIX.4.2"),
        ("FIX.4.2", f"35=5|{STAMPED}553=u|", 2, "553", "Username(553) is not a field of Logout(5)"),
        ("FIX.4.2", f"35=D|{STAMPED}{TERMS}167=BOO|", 5, "167", None),
        ("FIX.4.2", f"35=D|{STAMPED}{TERMS}205=32|", 6, "205", "MaturityDay(205) 32 is not a DayOfMonth such as 21"),
        ("FIX.4.2", f"35=D|{STAMPED}{TERMS}386=3|336=a|336=b|", 16, "386", None),
        ("FIX.4.2", f"35=D|{STAMPED}{TERMS}40=1|", 13, "40", None),
        ("FIX.4.2", f"35=AE|{STAMPED}", 11, "35", "MsgType(35) AE is not a message of FIX.4.2"),
        ("FIX.5.0SP2", f"35=0|{STAMPED}999=HI|", 0, "999", "Tag 999 is not a field of FIXT.1.1"),
        ("FIX.5.0SP2", f"35=0|{STAMPED}2376=1|", 0, "2376", "Tag 2376 is not a field of FIXT.1.1"),
        ("FIX.5.0SP2", f"35=0|{STAMPED}58=x|", 2, "58", "Text(58) is not a field of Heartbeat(0)"),
        ("FIX.5.0SP2", f"35=A|{STAMPED}98=0|108=30|", 1, "1137", "DefaultApplVerID(1137) is required in Logon(A)"),
        ("FIX.5.0SP2", f"35=A|{STAMPED}98=0|108=30|1137=77|", 5, "1137", None),
        ("FIX.5.0SP2", f"35=D|1128=x|{STAMPED}{TERMS}", 5, "1128", None),
        ("FIX.5.0SP2", f"35=D|{STAMPED}{TERMS}".replace("54=1|", "").replace("55=ACME|", ""), 1, "54", None),
        ("FIX.5.0SP2", f"35=D|{STAMPED}{TERMS}21=4|".replace("21=1|", ""), 5, "21", None),
        ("FIX.5.0SP2", f"35=D|{STAMPED}{TERMS}167=BOO|", 5, "167", None),
        ("FIX.5.0SP2", f"35=D|{STAMPED}{TERMS}386=3|336=a|336=b|", 16, "386", None),
        (
            "FIX.5.0SP2",
            f"35=D|{STAMPED}{TERMS}990=x|",
            2,
            "990",
            "LegReportID(990) is not a field of NewOrderSingle(D)",
        ),
        ("FIX.5.0", f"35=D|{STAMPED}{TERMS}1505=x|", 0, "1505", "Tag 1505 is not a field of FIX.5.0"),
        ("FIX.5.0", f"35=F|{STAMPED}37=7|11=2|54=1|60={TIME}|", 1, "41", None),
        ("FIX.5.0SP1", f"35=D|{STAMPED}{TERMS}453=1|448=a|452=1|447=D|", 15, "447", None),
    ],
)
def test_what_a_version_does_not_take(version: str, body: str, reason: int, ref_tag: str, text: str | None) -> None:
    found = violation_in(version, body)
    assert found is not None
    assert (int(found.reason), found.ref_tag) == (reason, ref_tag)
    assert text is None or found.text == text.replace("*", "NewOrderSingle(D)")


@pytest.mark.parametrize(
    "more",
    [
        "1724=5|",
        "453=2|448=a|447=D|452=1|2376=22|448=b|447=D|452=3|2376=24|58=x|",
        "453=1|448=a|2376=22|452=1|447=D|58=x|",
        "2593=2|2594=1|2595=Y|2594=3|2595=N|",
    ],
)
def test_fields_of_extension_packs_are_taken_in_application_messages(more: str) -> None:
    assert violation_in("FIX.5.0SP2", f"35=D|{STAMPED}{TERMS}{more}") is None
    found = violation_in("FIX.5.0SP1", f"35=D|{STAMPED}{TERMS}{more}")
    assert found is not None


@pytest.mark.parametrize(
    ("more", "reason", "ref_tag"),
    [
        ("1724=|", 4, "1724"),
        ("453=1|448=a|2376=|452=1|", 4, "2376"),
        ("453=2|448=a|452=1|2376=1|58=x|", 16, "453"),
        ("453=1|448=a|452=1|2376=1|452=2|", 15, "452"),
        ("453=1|2376=1|448=a|", 16, "453"),
    ],
)
def test_the_rest_of_a_message_with_extensions_is_judged(more: str, reason: int, ref_tag: str) -> None:
    found = violation_in("FIX.5.0SP2", f"35=D|{STAMPED}{TERMS}{more}")
    assert found is not None and (int(found.reason), found.ref_tag) == (reason, ref_tag)
