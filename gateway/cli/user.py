"""`fixpit user`: who may log on to a running exchange over HTTP."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from gateway.cli.operations import operator_options
from gateway.cli.running_exchange import ask, command
from gateway.cli.terminal import Decorated, Exit, add_row, console, echo_json, end, table

ROLES = ("trader", "broker", "operator", "auditor")
COLUMNS = ("id", "username", "role", "firm", "email", "is_enabled")

username_argument = click.argument("username", metavar="USERNAME")


def password_option(function: Decorated) -> Decorated:
    """`--password`, which is asked for where it is not given: what is typed is not in the shell's history."""
    text = "The password; asked for when it is not given."
    return click.option("--password", prompt=True, hide_input=True, confirmation_prompt=True, help=text)(function)


@click.group(
    short_help="Show the users of a running exchange's API, make and change them.",
    epilog="Example: fixpit user create jane --role broker --firm DESK",
)
def user() -> None:
    """Show who may log on over HTTP to the exchange that runs on a data folder; make, change and shut out users."""


@user.command("list", epilog="Example: fixpit user list --json")
@operator_options
def list_users(data: Path, as_json: bool) -> None:
    """Show all users."""
    found = list(_users(data))
    if as_json:
        echo_json({"users": found})
        return
    listed = table(*COLUMNS[:-1], "enabled", right=frozenset({"id"}))
    for one in found:
        add_row(listed, *("—" if one[name] in (None, "") else one[name] for name in COLUMNS[:-1]), _yes(one))
    console().print(listed)


@user.command(epilog="Example: fixpit user create jane --role broker --firm DESK --email jane@desk.example")
@username_argument
@click.option("--role", type=click.Choice(ROLES), default="trader", help="What the user may do. [trader]")
@click.option("--firm", default="", metavar="FIRM", help="The member that a broker works for.")
@click.option("--email", metavar="ADDRESS", help="Where to reach the user.")
@password_option
@operator_options
def create(data: Path, as_json: bool, email: str | None, **words: str) -> None:
    """Make a user."""
    _show(command(data, "/admin/users", {**words, **({} if email is None else {"email": email})}), as_json=as_json)


@user.command(epilog="Example: fixpit user change jane --role operator")
@username_argument
@click.option("--role", type=click.Choice(ROLES), help="What the user may do.")
@click.option("--firm", metavar="FIRM", help="The member that a broker works for.")
@click.option("--email", metavar="ADDRESS", help="Where to reach the user.")
@operator_options
def change(data: Path, as_json: bool, username: str, **given: str | None) -> None:
    """Change a user's role, firm or email. What is not given stays."""
    stated = {name: value for name, value in given.items() if value is not None}
    if not stated:
        end(Exit.USAGE, "user change needs --role, --firm or --email")
    _change(data, username, stated, as_json=as_json)


@user.command(epilog="Example: fixpit user password jane")
@username_argument
@password_option
@operator_options
def password(data: Path, as_json: bool, username: str, password: str) -> None:
    """Give a user another password; all logins of the user end."""
    _change(data, username, {"password": password}, as_json=as_json)


@user.command(epilog="Example: fixpit user disable jane")
@username_argument
@operator_options
def disable(data: Path, as_json: bool, username: str) -> None:
    """Shut a user out; all logins of the user end."""
    _change(data, username, {"is_enabled": False}, as_json=as_json)


@user.command(epilog="Example: fixpit user enable jane")
@username_argument
@operator_options
def enable(data: Path, as_json: bool, username: str) -> None:
    """Let a user in again."""
    _change(data, username, {"is_enabled": True}, as_json=as_json)


def _users(data: Path) -> Iterator[dict[str, Any]]:
    """All users, page by page."""
    after: int | None = 0
    while after is not None:
        page = ask(data, f"/admin/users?after={after}&limit=1000", as_operator=True)
        yield from page["users"]
        after = page["next"]


def _change(data: Path, username: str, changes: Mapping[str, object], *, as_json: bool) -> None:
    known = next((one for one in _users(data) if one["username"] == username), None)
    if known is None:
        end(Exit.NO, f"no user is called {username}; `fixpit user list` shows all")
    _show(command(data, f"/admin/users/{known['id']}", changes, method="PATCH"), as_json=as_json)


def _show(one: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        echo_json(one)
        return
    firm = f" of {one['firm']}" if one["firm"] else ""
    click.echo(
        f"{one['username']} (user {one['id']}): {one['role']}{firm}, {'enabled' if _yes(one) == 'yes' else 'shut out'}"
    )


def _yes(one: dict[str, Any]) -> str:
    return "yes" if one["is_enabled"] else "no"
