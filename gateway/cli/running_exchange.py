"""Finds the exchange that holds a data folder, and asks it over HTTP. Used by the commands that need one running."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import click
import httpx
import msgspec

from exchange.sequencing.data_folder import DataPaths
from gateway.cli.terminal import Decorated, Exit, end

REQUEST_TIMEOUT_SECONDS = 5.0
"""An exchange on this machine answers in milliseconds; one that does not is stuck."""

DEFAULT_DATA = Path("fixpit-data")

RUN_BYTES_MAX = 65_536


class RunFile(msgspec.Struct, frozen=True):
    """`run.json`: what a running exchange tells tools. A door that is switched off is null."""

    pid: int
    fix: tuple[str, int] | None = None
    http: tuple[str, int] | None = None
    mqtt: tuple[str, int] | None = None


def data_option(function: Decorated) -> Decorated:
    """`--data`, which every command has that works on a data folder."""
    kind = click.Path(file_okay=False, path_type=Path)
    text = f"Data folder of the exchange. [./{DEFAULT_DATA}]"
    return click.option("--data", type=kind, default=DEFAULT_DATA, metavar="DIR", help=text)(function)


def read_run_file(data: Path) -> RunFile:
    """Where the exchange of a data folder listens; ends the command when none runs there."""
    paths = DataPaths(data)
    if paths.owner() is None:
        end(
            Exit.NO_CONNECTION,
            f"no exchange runs on the data folder {paths.path}: start one with `fixpit serve{_data_hint(data)}`",
        )
    try:
        with paths.run.open("rb") as file:
            return msgspec.json.decode(file.read(RUN_BYTES_MAX), type=RunFile)
    except FileNotFoundError:
        end(Exit.NO_CONNECTION, f"the exchange of {paths.path} is not ready: it has not written {paths.run.name} yet")
    except (OSError, msgspec.MsgspecError) as error:
        end(Exit.NO_CONNECTION, f"{paths.run} cannot be read: {error}")


def ask(data: Path, path: str, *, as_operator: bool = False) -> Any:
    """The JSON that the exchange of a data folder answers; ends the command with what is wrong when it does not."""
    return _answer(data, "GET", path, as_operator=as_operator)


def command(data: Path, path: str, body: object, *, method: str = "POST") -> Any:
    """Has the exchange of a data folder do something, as its operator; the JSON that it answers, or the end."""
    return _answer(data, method, path, as_operator=True, body=body)


def _answer(data: Path, method: str, path: str, *, as_operator: bool, body: object = None) -> Any:
    address = read_run_file(data).http
    if address is None:
        end(Exit.NO_CONNECTION, f"the exchange of {data} has no HTTP port: http.enabled is false")
    url = f"http://{_url_host(address[0])}:{address[1]}{path}"
    headers = {"Authorization": f"Bearer {operator_token(data)}"} if as_operator else {}
    try:
        answer = httpx.request(
            method, url, headers=headers, json=body, timeout=REQUEST_TIMEOUT_SECONDS, trust_env=False
        )
    except httpx.HTTPError as error:
        end(Exit.NO_CONNECTION, f"no answer from {url}: {str(error) or type(error).__name__}")
    if not answer.is_success:
        end(Exit.NO, _detail(answer))
    # Amounts are exact: no float stands between the exchange's decimal and the one that is shown.
    return answer.json(parse_float=Decimal)


def operator_token(data: Path) -> str:
    """The secret of a data folder's operator; ends the command for who may not read it."""
    file = DataPaths(data).operator_token
    try:
        return file.read_text(encoding="ascii").strip()
    except OSError as error:
        end(Exit.NO, f"the operator's token {file} cannot be read: {error.strerror}")


def _detail(answer: httpx.Response) -> str:
    """The sentence of a problem body."""
    try:
        return str(answer.json()["detail"])
    except (ValueError, KeyError, TypeError):
        return f"{answer.url} answered {answer.status_code} {answer.reason_phrase}"


def _data_hint(data: Path) -> str:
    return "" if data == DEFAULT_DATA else f" --data {data}"


def _url_host(host: str) -> str:
    """An address as a URL has it; one that means every address of the machine is asked on the machine itself."""
    own = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not bound
    return f"[{own}]" if ":" in own else own
