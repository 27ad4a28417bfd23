"""Sessions in conversation with a whole venue, on no sockets: what they send, and exactly what they hear."""

from __future__ import annotations

from pathlib import Path

from gateway.fix.codec import Codec
from gateway.fix.dictionary import load
from gateway.fix.framing import Framing
from gateway.fix.message import Message, encode
from tests.gateway.fix.fix_side import SETTINGS, FixSide

TIMED = ("D", "F", "G", "q")
ALWAYS = ("8", "9", "35", "49", "56", "34", "52", "60", "17")


class Desk:
    """Lines such as `ALICE > D|11=A|…` and `BOB < 8|37=1|…`; what no line expects is a failure.

    Left out are the header, TransactTime(60) and ExecID(17), which must be new each time.
    """

    def __init__(self, folder: Path, settings: str = SETTINGS) -> None:
        self.side = FixSide(folder, settings=settings)
        versions = {name: session.profile.version for name, session in self.side.acceptor.sessions.items()}
        self._versions = versions
        self._codecs = {name: Codec(load(version.name)) for name, version in versions.items()}
        self._numbers: dict[str, int] = {}
        self._said: dict[str, list[str]] = {}
        self._exec_ids: set[str] = set()

    async def open(self) -> None:
        await self.side.start()
        for name, session in self.side.acceptor.sessions.items():
            appl_ver_id = self._versions[name].appl_ver_id
            session.log_on(self.message(name, f"A|98=0|108=0|1137={appl_ver_id}" if appl_ver_id else "A|98=0|108=0"))
            self._said[name] = []
        self.settle()
        for said in self._said.values():
            said.clear()

    def message(self, name: str, text: str) -> Message:
        self._numbers[name] = self._numbers.get(name, 0) + 1
        msg_type, *fields = text.split("|")
        now = self.side.acceptor.sessions[name]._clock.text
        possdup = [field for field in fields if field in ("43=Y", "97=Y")]
        if "43=Y" in possdup:
            possdup.append(f"122={now}")
        fields = [field for field in fields if field not in possdup]
        transact = [f"60={now}"] if msg_type in TIMED else []
        header = [f"35={msg_type}", f"49={name}", "56=VENUE", f"34={self._numbers[name]}", f"52={now}", *possdup]
        data = encode(self._versions[name].begin_string, "\x01".join([*header, *fields, *transact]) + "\x01")
        return self._codecs[name].read(data[:-7].decode("latin-1"))

    def settle(self) -> None:
        self.side.sequencer.commit()
        for name, session in self.side.acceptor.sessions.items():
            wire, session.outbound.wire = session.outbound.wire, []
            for text in Framing(1 << 20).receive(b"".join(wire)):
                assert isinstance(text, str)
                self._hear(name, self._codecs[name].read(text))

    def heard(self, name: str) -> list[str]:
        """What a session has heard and no line has expected yet; it counts as expected from now on."""
        self.settle()
        said, self._said[name] = self._said[name], []
        return said

    def _hear(self, name: str, message: Message) -> None:
        assert message.violation is None, message
        exec_id = message.fields.get("17")
        if exec_id is not None:
            assert exec_id not in self._exec_ids
            self._exec_ids.add(exec_id)
        pairs = [f"{tag}={value}" for tag, value in message.pairs if tag not in ALWAYS]
        self._said[name].append("|".join([message.msg_type, *pairs]))

    def play(self, script: str) -> None:
        """Messages that follow one another without an answer between them come in one turn."""
        for line in filter(str.strip, script.splitlines()):
            name, verb, text = line.strip().split(" ", 2)
            if verb == ">":
                self.side.acceptor.sessions[name].receive(self.message(name, text))
                continue
            self.settle()
            assert self._said[name], f"{name} hears nothing; expected {text}"
            said = self._said[name].pop(0)
            right = said.startswith(text[:-3]) if text.endswith("...") else said == text
            assert right, f"{name} hears\n{said}\n instead of\n{text}"
        self.settle()
        assert not any(self._said.values()), f"unexpected: {self._said}"
