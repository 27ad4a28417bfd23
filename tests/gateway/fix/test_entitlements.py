"""For which accounts a session may trade: every message that names one is held to it, whatever it asks for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from tests.gateway.fix.desk import Desk
from tests.gateway.fix.versioned_desk import SETTINGS, versioned_desk

NO = "is not one this session trades for: ACC"
NOT_ITS_OWN = "58=Account(1) OTHER is not the order's ACC"
ORDER = "55=ACME|54=1|38=100|40=2|44=10"
QUOTE = "55=ACME|132=9|134=100"
ENTRY = "296=1|302=S|304=1|295=1|299=1|55=ACME|132=9|134=100"


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    settings = SETTINGS.replace("{ comp_id: ALICE }", "{ comp_id: ALICE, accounts: [ACC] }")
    async with versioned_desk(tmp_path, settings) as desk:
        desk.play(f"""
            ALICE > D|11=a|{ORDER}
            ALICE < 8|37=1|11=a|150=0...
            BOB > D|11=b|{ORDER}|1=OTHER
            BOB < 8|37=2|11=b|150=0...
        """)
        yield desk


@pytest.mark.parametrize(
    ("message", "answer"),
    [
        (f"D|11=x|{ORDER}|1=OTHER", f"8|37=NONE|11=x|150=8|39=8|103=15|1=OTHER...58=Account(1) OTHER {NO}"),
        (f"D|11=x|{ORDER}|1=NOBODY", f"8|37=NONE|11=x|150=8|39=8|103=15|1=NOBODY...58=Account(1) NOBODY {NO}"),
        (f"G|11=x|41=a|{ORDER}|1=OTHER", f"9|37=1|11=x|41=a|39=0|434=2|102=99|58=Account(1) OTHER {NO}"),
        ("F|11=x|41=a|55=ACME|54=1|1=OTHER", f"9|37=1|11=x|41=a|39=0|434=1|102=99|{NOT_ITS_OWN}"),
        ("F|11=x|41=b|55=ACME|54=1|1=OTHER", "9|37=NONE|11=x|41=b|39=8|434=1|102=1..."),
        (f"E|66=L|394=3|68=1|73=1|11=x|67=1|1=OTHER|{ORDER}", f"8|37=NONE|11=x|150=8|39=8|103=15...OTHER {NO}"),
        ("q|11=x|530=7|1=OTHER", f"r|11=x|37=M9|530=7|531=0|532=99|58=Account(1) OTHER {NO}"),
        ("AF|584=x|585=7|1=OTHER", f"j|45=3|372=AF|379=x|380=0|58=Account(1) OTHER {NO}"),
        ("H|11=a|55=ACME|54=1|1=OTHER", "8|37=NONE...58=ClOrdID(11) a is not an order for Account(1) OTHER"),
        (f"S|117=x|{QUOTE}|1=OTHER", f"j|45=3|372=S|379=x|380=0|58=Account(1) OTHER {NO}"),
        (f"i|117=x|{ENTRY}|1=OTHER", f"j|45=3|372=i|379=x|380=0|58=Account(1) OTHER {NO}"),
        ("Z|117=x|298=4|1=OTHER", f"j|45=3|372=Z|379=x|380=0|58=Account(1) OTHER {NO}"),
    ],
)  # fmt: skip
async def test_an_account_of_others_is_refused(desk: Desk, message: str, answer: str) -> None:
    session = desk.side.acceptor.sessions["ALICE"]
    session.receive(desk.message("ALICE", message))
    said = desk.heard("ALICE")[0]
    begin, _, end = answer.partition("...")
    assert said.startswith(begin), said
    assert said.endswith(end), said
    assert [order.terms.account for order in desk.side.venue.register.open_orders("ALICE")] == ["ACC"]
    assert len(desk.side.venue.register.open_orders("BOB")) == 1


async def test_what_a_session_may_no_longer_trade_for_can_only_be_canceled(desk: Desk) -> None:
    session = desk.side.acceptor.sessions["ALICE"]
    session.profile = msgspec.structs.replace(session.profile, accounts=())
    none = "(none) is not one this session trades for: it has none"
    desk.play(f"""
        ALICE > D|11=x|{ORDER}
        ALICE < 8|37=NONE|11=x|150=8|39=8|103=15|{ORDER}|59=0|151=0|14=0|6=0|58=Account(1) {none}
        ALICE > G|11=y|41=a|{ORDER}
        ALICE < 9|37=1|11=y|41=a|39=0|434=2|102=99|58=Account(1) ACC {none[7:]}
        ALICE > G|11=z|37=1|41=a|{ORDER}
        ALICE < 9|37=1|11=z|41=a|39=0|434=2|102=99|58=Account(1) ACC {none[7:]}
        ALICE > F|11=c|41=a|55=ACME|54=1
        ALICE < 8|37=1|11=c|41=a|150=4...
    """)
