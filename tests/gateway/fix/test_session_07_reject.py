"""Reject(3) of the client's: taken in silence, in its turn, whatever it is about.

FIX session test case 7. What the venue rejects is `test_session_14_fields`.
"""

from __future__ import annotations

import pytest

from tests.gateway.fix.dialogue import LOGON, Play


def test_a_reject_of_ours_is_taken_in_silence(play: Play) -> None:
    play(f"{LOGON}\n > 3|34=2|45=1|58=why\n > 1|34=3|112=x\n < 0|34=2|112=x")


@pytest.mark.parametrize("about", ["45=1", "45=999", "45=2|371=55|372=8|373=5|58=no such symbol"])
def test_a_reject_counts_and_is_told_to_nobody(play: Play, about: str) -> None:
    play(f"{LOGON}\n report a\n < B|34=2|58=a\n > 3|34=2|{about}\n takes\n > 1|34=3|112=x\n < 0|34=3|112=x")


def test_an_early_reject_waits_for_its_turn(play: Play) -> None:
    play(
        f"""{LOGON}
        > 3|34=3|45=1
        < 2|34=2|7=2|16=0
        > B|34=2|43=Y|122=20240621-12:00:00|58=x
        takes B#2
        > B|34=4|58=x
        takes B#4
        """
    )


def test_a_reject_that_breaks_a_rule_is_rejected_itself(play: Play) -> None:
    play(f"{LOGON}\n > 3|34=2\n < 3|34=2|45=2|371=45|372=3|373=1|58=RefSeqNum(45) is required in Reject(3)")
