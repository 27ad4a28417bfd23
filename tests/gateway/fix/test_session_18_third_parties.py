"""Third parties: whom a message is on behalf of and delivered to, and the way back of what answers it.

FIX session test case 18. The venue knows no third parties of its own: it names to the client whom the client named.
"""

from __future__ import annotations

import pytest

from tests.gateway.fix.dialogue import LOGON, Play, news


def test_answers_go_back_the_way_the_message_came(play: Play) -> None:
    way = "115=FIRM|116=DESK|144=NY|128=POOL|129=BOOK|145=LDN"
    back = "128=FIRM|129=DESK|145=NY|115=POOL|116=BOOK|144=LDN"
    text = "Tag 999 is not a field of $begin"
    play(f"{LOGON}\n > 0|34=2|{way}|999=1\n < 3|34=2|{back}|45=2|371=999|372=0|373=0|58={text}")


def test_an_empty_routing_field_is_not_sent_back(play: Play) -> None:
    play(
        f"{LOGON}\n > 0|34=2|115=|116=DESK\n "
        "< 3|34=2|129=DESK|45=2|371=115|372=0|373=4|58=OnBehalfOfCompID(115) has no value",
    )


def test_routing_of_a_message_stays_with_it(play: Play) -> None:
    talk = play(LOGON)
    talk.session.send("B", news("r"), routing="128=FIRM\x01129=DESK\x01")
    talk._listen()
    talk.play("< B|34=2|128=FIRM|129=DESK|58=r\n > 2|34=2|7=2|16=0\n < B|34=2|43=Y|122=12:00:00|128=FIRM|129=DESK|58=r")


@pytest.mark.parametrize("way", ["115=FIRM", "128=POOL", "115=FIRM|116=DESK|144=NY|128=POOL|129=BOOK|145=LDN"])
def test_what_comes_for_others_is_taken_like_everything(play: Play, way: str) -> None:
    play(f"{LOGON}\n > B|34=2|{way}|58=x\n > 1|34=3|{way}|112=x\n < 0|34=2|112=x\n takes B#2")
