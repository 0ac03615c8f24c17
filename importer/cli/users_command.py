"""The commands of the page's accounts; a password is typed, never given as an option."""

import getpass
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from importer.cli.flags import Language
from importer.errors import UsageError
from importer.messages.text import Text, spoken
from importer.storage.home_path import expanded
from importer.web.access.roles import Role

if TYPE_CHECKING:
    from importer.web.access.accounts import Accounts

users_app: Final = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

Name = Annotated[str, typer.Argument(metavar="NAME", help="The account's name.")]
UsersFile = Annotated[Path, typer.Option("--users", parser=expanded, metavar="FILE", help="The file of accounts.")]
RoleOption = Annotated[Role, typer.Option("--role", help="viewer looks, operator imports, admin sees all.")]


@users_app.command()
def add(name: Name, role: RoleOption, users: UsersFile, _language: Language = None) -> None:
    """Make an account; asks for its password."""
    accounts = _accounts(users)
    if name in accounts.all():
        raise UsageError("there is an account {name} already; set-password gives it another password", name=name)
    accounts.add(name, role, _typed_password())
    typer.echo(spoken(Text("{name} may come in as {role}", name=name, role=role)))


@users_app.command(name="list")
def list_(users: UsersFile, _language: Language = None) -> None:
    """List the accounts, with what they may do."""
    for account in _accounts(users).all().values():
        since = Text("password of {date}", date=account.since[:10])
        typer.echo(f"{account.name:<24} {account.role:<9} {spoken(since)}")


@users_app.command()
def remove(name: Name, users: UsersFile, _language: Language = None) -> None:
    """Remove an account; whoever is signed in with it is signed out."""
    _accounts(users).remove(name)
    typer.echo(spoken(Text("{name} may not come in any more", name=name)))


@users_app.command()
def set_password(name: Name, users: UsersFile, _language: Language = None) -> None:
    """Give an account another password; whoever is signed in with it is signed out."""
    accounts = _accounts(users)
    if accounts.of(name) is None:
        raise UsageError("there is no account {name}", name=name)
    accounts.change(name, password=_typed_password())
    typer.echo(spoken(Text("{name} has another password", name=name)))


@users_app.command()
def set_role(name: Name, role: RoleOption, users: UsersFile, _language: Language = None) -> None:
    """Let an account do more or less."""
    _accounts(users).change(name, role=role)
    typer.echo(spoken(Text("{name} is {role} now", name=name, role=role)))


def _accounts(users: Path) -> "Accounts":
    from importer.web.access.accounts import Accounts  # noqa: PLC0415 (the hashing library loads here)

    return Accounts(users)


def _typed_password() -> str:
    """A password, typed twice on a terminal, or the first line of a standard input that is none."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    password = getpass.getpass(spoken(Text("Password: ")))
    if getpass.getpass(spoken(Text("Once more: "))) != password:
        raise UsageError(Text("the two passwords are not the same; nothing was changed"))
    return password
