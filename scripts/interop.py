"""QuickFIX against an exchange of ours, version by version: a verdict for each case, exit code 1 when one fails.

Runs in a venv of its own by `scripts/interop`, without fixpit: what it knows of the exchange it gets from commands and
sockets, as any client does. The data dictionaries are those that the exchange hands out, or QuickFIX's own.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from scripts.cable import Cable
from scripts.interop_cases import CASES, HEARTBEAT_SECONDS, Desk, NotInVersion
from scripts.quickfix_client import CaseFailed, QuickFixClient

VERSIONS = ("FIX.4.2", "FIX.4.4", "FIX.5.0SP2")

READY_SECONDS = 30.0

NONE = "not in this version"

TOLD = {"": "passed", NONE: "none"}
"""What the table says of a failure that is none."""

EXCHANGE = """\
demo: true
venue: {{ comp_id: FIXPIT }}
fix: {{ port: 0, sessions: [{sessions}] }}
http: {{ port: 0 }}
mqtt: {{ enabled: false }}
store: {{ enabled: false }}
flow: {{ enabled: false }}
accounts: [{{ id: DESK, fees: {{ maker_basis_points: "-1", taker_basis_points: "3" }} }}]
instruments: [{{ symbol: ACME, reference_price: "10.00" }}]
"""

SESSION = '{{ comp_id: "{name}", version: {version}, username: desk, password: secret, accounts: [DESK] }}'

CLIENT = """\
[DEFAULT]
ConnectionType=initiator
ReconnectInterval=1
StartTime=00:00:00
EndTime=00:00:00
FileStorePath={folder}
FileLogPath={folder}
HeartBtInt={heartbeat}
UseDataDictionary=Y
ValidateFieldsOutOfOrder=Y
ValidateFieldsHaveValues=Y
ValidateUserDefinedFields=Y
AllowUnknownMsgFields=N
CheckLatency=Y
SocketNodelay=Y

[SESSION]
BeginString={begin_string}
SenderCompID={name}
TargetCompID=FIXPIT
SocketConnectHost=127.0.0.1
SocketConnectPort={port}
{dictionaries}
"""


class Exchange:
    """`fixpit serve` with a session for each version; used in `with`."""

    def __init__(self, folder: Path, versions: list[str]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        config, ready = folder / "exchange.yaml", folder / "ready.json"
        sessions = ", ".join(SESSION.format(name=_name(version), version=version) for version in versions)
        config.write_text(EXCHANGE.format(sessions=sessions))
        self._log = (folder / "exchange.log").open("wb")
        options = [f"--config={config}", f"--data={folder}/data", f"--ready-file={ready}"]
        self._process = subprocess.Popen([_fixpit(), "serve", *options], stdout=self._log, stderr=subprocess.STDOUT)
        deadline = time.monotonic() + READY_SECONDS
        while not ready.exists():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"the exchange did not start:\n{(folder / 'exchange.log').read_text()}")
            time.sleep(0.05)
        host, port = json.loads(ready.read_text())["fix"]
        self.address = (str(host), int(port))

    def __enter__(self) -> Exchange:
        """Itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Stops it in order."""
        self._process.terminate()
        self._process.wait(20)
        self._log.close()


def main(arguments: list[str]) -> int:
    """Plays all cases in the versions asked for and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("versions", nargs="*", metavar="VERSION", help=f"of {', '.join(VERSIONS)}; all without")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="an empty folder for logs, kept afterwards")
    parser.add_argument("--dictionaries", choices=("ours", "quickfix"), default="ours", help="whose the client uses")
    given = parser.parse_args(arguments)
    versions = given.versions or list(VERSIONS)
    verdicts: dict[str, list[str]] = {}
    with ExitStack() as stack:
        scratch = given.keep or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="fixpit-interop-")))
        exchange = stack.enter_context(Exchange(scratch, versions))
        for version in versions:
            folder = scratch / version
            folder.mkdir(parents=True)
            verdicts[version] = _play(version, exchange.address, folder, whose=given.dictionaries)
    _show(verdicts)
    return 1 if any(failure not in TOLD for column in verdicts.values() for failure in column) else 0


def _play(version: str, address: tuple[str, int], folder: Path, *, whose: str) -> list[str]:
    """What went wrong, case by case; empty where nothing did."""
    cable = Cable(address)
    config = folder / "client.cfg"
    text = CLIENT.format(
        folder=folder,
        heartbeat=HEARTBEAT_SECONDS,
        begin_string=_begin_string(version),
        name=_name(version),
        port=cable.port,
        dictionaries=_dictionaries(version, folder, whose=whose),
    )
    config.write_text(text)
    client = QuickFixClient(config, ("desk", "secret"))
    client.start()
    desk = Desk(client, cable, version)
    failures: list[str] = []
    for case in CASES:
        refused = len(client.rejects)
        try:
            case(desk)
            failures.append("")
        except CaseFailed as failed:
            failures.append(str(failed))
        except NotInVersion:
            failures.append(NONE)
        if len(client.rejects) > refused:
            failures[-1] += f" QuickFIX refused: {client.rejects[refused:]}"
    client.stop()
    return failures


def _dictionaries(version: str, folder: Path, *, whose: str) -> str:
    """The lines that name the data dictionaries, which are written to `folder` when they are ours."""
    if version.startswith("FIX.5"):
        transport, application = _dictionary("FIXT.1.1", folder, whose), _dictionary(version, folder, whose)
        return f"DefaultApplVerID={version}\nTransportDataDictionary={transport}\nAppDataDictionary={application}"
    return f"DataDictionary={_dictionary(version, folder, whose)}"


def _dictionary(version: str, folder: Path, whose: str) -> Path:
    name = version.replace(".", "")
    if whose == "quickfix":
        return Path(sys.prefix) / "share" / "quickfix" / f"{name}.xml"
    path = folder / f"{name}.xml"
    subprocess.run([_fixpit(), "fix", "dictionary", f"--version={version}", f"--output={path}"], check=True)
    return path


def _show(verdicts: dict[str, list[str]]) -> None:
    versions = list(verdicts)
    print(" " * 74 + "".join(f"{version:12}" for version in versions))
    for row, case in enumerate(CASES):
        told = "".join(f"{TOLD.get(verdicts[version][row], 'failed'):12}" for version in versions)
        print(f"{_title(case):74}{told}")
    for version in versions:
        for case, failure in zip(CASES, verdicts[version], strict=True):
            if failure not in {"", NONE}:
                print(f"{version}, {_title(case)}: {failure}")


def _title(case: Callable[[Desk], None]) -> str:
    return (case.__doc__ or "").rstrip(".")


def _begin_string(version: str) -> str:
    return "FIXT.1.1" if version.startswith("FIX.5") else version


def _name(version: str) -> str:
    return "DESK" + version.removeprefix("FIX.").replace(".", "")


def _fixpit() -> str:
    return os.environ["FIXPIT"]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
