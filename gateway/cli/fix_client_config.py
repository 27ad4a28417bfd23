"""Configuration files for FIX clients, ready for one session of an exchange. Printed by `fixpit fix client-config`.

QuickFIX (C++ and Python), QuickFIX/J and QuickFIX/n read the same kind of file and differ in a few keys; for simplefix,
which has no settings, it is a script that logs on and prints what comes. No file holds a password.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from msgspec import Struct

from gateway.fix.versions import Version

HEARTBEAT_SECONDS: Final = 30


class ClientTerms(Struct, frozen=True):
    """What a client has to know of its session."""

    comp_id: str
    venue_comp_id: str
    host: str
    port: int
    version: Version
    username: str
    """Empty: the venue asks for no credentials."""
    reset_on_logon: bool
    is_tls: bool


def client_config(client: str, terms: ClientTerms) -> str:
    """The file for a client, one of `CLIENTS`."""
    return CLIENTS[client](terms)


def _quickfix(terms: ClientTerms) -> str:
    tls = [
        "# The venue speaks TLS: start the session with SSLSocketInitiator; the venue's CA is",
        "#CERTIFICATE_AUTHORITIES_FILE=ca.pem",
    ]
    times = [
        "# Asked for before 1.16, which brought NonStopSession; those versions begin anew at this time (UTC).",
        "StartTime=00:00:00",
        "EndTime=00:00:00",
    ]
    return _settings_file(terms, "QuickFIX", times, tls)


def _quickfix_j(terms: ClientTerms) -> str:
    tls = ["SocketUseSSL=Y", "# The venue's CA:", "#SocketTrustStore=trust.jks", "#SocketTrustStorePassword="]
    return _settings_file(terms, "QuickFIX/J", [], tls)


def _quickfix_n(terms: ClientTerms) -> str:
    tls = ["SSLEnable=Y", f"SSLServerName={terms.host}", "# The venue's CA:", "#SSLCACertificate=ca.pem"]
    return _settings_file(terms, "QuickFIX/n", [], tls)


def _settings_file(terms: ClientTerms, client: str, times: list[str], tls: list[str]) -> str:
    version = terms.version
    lines = [
        f"# {client} as {terms.comp_id} to {terms.venue_comp_id}, {version.name}. Its dictionaries:",
        *(f"#   fixpit fix dictionary --version {one} --output {_file(one)}" for one in _dictionaries(version)),
        *_credentials(terms),
        "",
        "[DEFAULT]",
        "ConnectionType=initiator",
        "ReconnectInterval=5",
        "FileStorePath=store",
        "FileLogPath=log",
        # The venue does not begin anew at any hour: a client that does would be taken for one that lost its numbers.
        "NonStopSession=Y",
        *times,
        "UseDataDictionary=Y",
        "ValidateUserDefinedFields=N",
        "",
        "[SESSION]",
        f"BeginString={version.begin_string}",
        f"SenderCompID={terms.comp_id}",
        f"TargetCompID={terms.venue_comp_id}",
        f"SocketConnectHost={terms.host}",
        f"SocketConnectPort={terms.port}",
        f"HeartBtInt={HEARTBEAT_SECONDS}",
        f"ResetOnLogon={'Y' if terms.reset_on_logon else 'N'}",
    ]
    if version.appl_ver_id:
        transport, application = _dictionaries(version)
        lines += [
            f"DefaultApplVerID={version.name}",
            f"TransportDataDictionary={_file(transport)}",
            f"AppDataDictionary={_file(application)}",
        ]
    else:
        lines.append(f"DataDictionary={_file(version.name)}")
    return "\n".join([*lines, *(tls if terms.is_tls else [])]) + "\n"


def _credentials(terms: ClientTerms) -> list[str]:
    if not terms.username:
        return []
    return [
        f"# The venue asks for Username(553) {terms.username} and a Password(554) in the Logon. There is no key",
        "# for them: the application sets them in toAdmin (ToAdmin) when MsgType(35) is A.",
    ]


def _dictionaries(version: Version) -> list[str]:
    return [version.begin_string, version.name] if version.appl_ver_id else [version.name]


def _file(version: str) -> str:
    return version.replace(".", "") + ".xml"


def _simplefix(terms: ClientTerms) -> str:
    fields = [(98, "0"), (108, str(HEARTBEAT_SECONDS)), (141, "Y")]
    if terms.version.appl_ver_id:
        fields.append((1137, terms.version.appl_ver_id))
    logon = "".join(f'logon.append_pair({tag}, "{value}")\n' for tag, value in fields)
    if terms.username:
        logon += f'logon.append_pair(553, "{terms.username}")\n'
        logon += 'logon.append_pair(554, os.environ["FIX_PASSWORD"])\n'
    connect = "socket.create_connection((HOST, PORT))"
    if terms.is_tls:
        connect = f"ssl.create_default_context().wrap_socket({connect}, server_hostname=HOST)"
    modules = ["os"] if terms.username else []
    modules += ["socket", *(["ssl"] if terms.is_tls else [])]
    hint = " Its password is taken from FIX_PASSWORD." if terms.username else ""
    return _SCRIPT.format(
        comp_id=terms.comp_id,
        venue=terms.venue_comp_id,
        version=terms.version.name,
        hint=hint,
        imports="\n".join(f"import {module}" for module in modules),
        host=terms.host,
        port=terms.port,
        begin_string=terms.version.begin_string,
        logon=logon,
        connect=connect,
    )


_SCRIPT: Final = '''"""simplefix as {comp_id} to {venue}, {version}: logs on, shows the answer, logs out.{hint}

For a first try: ResetSeqNumFlag(141) begins both numbers at 1. A client that stays keeps them, to get what it missed.
"""

{imports}

import simplefix

HOST, PORT = "{host}", {port}


def message(number, msg_type):
    made = simplefix.FixMessage()
    made.append_pair(8, "{begin_string}", header=True)
    made.append_pair(35, msg_type, header=True)
    made.append_pair(49, "{comp_id}", header=True)
    made.append_pair(56, "{venue}", header=True)
    made.append_pair(34, number, header=True)
    made.append_utc_timestamp(52, precision=3, header=True)
    return made


def received(connection, parser):
    while (found := parser.get_message()) is None:
        data = connection.recv(65_536)
        if not data:
            raise SystemExit("the venue closed the connection")
        parser.append_buffer(data)
    return found


logon = message(1, "A")
{logon}
with {connect} as connection:
    parser = simplefix.FixParser()
    connection.sendall(logon.encode())
    print(received(connection, parser))
    connection.sendall(message(2, "5").encode())
    while (answer := received(connection, parser)).message_type != b"5":
        print(answer)
    print(answer)
'''

CLIENTS: Final[Mapping[str, Callable[[ClientTerms], str]]] = {
    "quickfix": _quickfix,
    "quickfixj": _quickfix_j,
    "quickfixn": _quickfix_n,
    "simplefix": _simplefix,
}
"""Client to its file."""
