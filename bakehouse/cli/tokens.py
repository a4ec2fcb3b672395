"""`bakehouse token`: who may call."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from bakehouse.cli.jobs import JsonOption
from bakehouse.cli.output import put, put_json, put_table, remark, time_text
from bakehouse.client.local import default_home
from bakehouse.ids import parse_id

app = typer.Typer(help="Make, list and revoke API tokens, in the tokens file.")

FileOption = Annotated[
    Path | None,
    typer.Option(
        "--tokens-file",
        envvar="BAKEHOUSE_TOKENS_FILE",
        help="Of the gateway. Default: that of the home folder.",
        show_default=False,
    ),
]


class Scope(StrEnum):
    """What a token may do."""

    READ = "read"
    WRITE = "write"
    SHARE = "share"
    ADMIN = "admin"


@app.command()
def create(
    *,
    project: Annotated[list[str] | None, typer.Option(help="May see this project; default: all.")] = None,
    scope: Annotated[list[Scope] | None, typer.Option(help="May do this; default: read and write.")] = None,
    days: Annotated[int | None, typer.Option(min=1, help="Expires after so many; default: never.")] = None,
    tokens_file: FileOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a token and print it, this once: only a digest is kept. --project and --scope may repeat."""
    from bakehouse.cli.token_file import add_token  # pydantic is not for --help
    from bakehouse.rpc.tokens import new_token  # as above

    token, kept = new_token(
        projects=tuple(parse_id(p, field="--project") for p in project) if project else "all",
        scopes=tuple(s.value for s in scope) if scope else ("read", "write"),
        expires=None if days is None else datetime.now(UTC).replace(microsecond=0) + timedelta(days=days),
    )
    add_token(_file(tokens_file), kept)
    if as_json:
        put_json({"id": kept.id, "token": token, "expires": kept.expires})
    else:
        put(token)
        remark(f"Its id is {kept.id}. Give it as BAKEHOUSE_TOKEN.")


@app.command("list")
def list_tokens(*, tokens_file: FileOption = None, as_json: JsonOption = False) -> None:
    """List the tokens by id. None of them can be shown again."""
    from bakehouse.cli.token_file import read_tokens  # pydantic is not for --help

    tokens = read_tokens(_file(tokens_file))
    if as_json:
        shown = ("id", "projects", "scopes", "expires")
        put_json([{name: getattr(token, name) for name in shown} for token in tokens], indent=2)
        return
    put_table(
        ["ID", "PROJECTS", "SCOPES", "EXPIRES"],
        [
            [
                token.id,
                token.projects if token.projects == "all" else ",".join(token.projects),
                ",".join(token.scopes),
                time_text(token.expires) if token.expires else "never",
            ]
            for token in tokens
        ],
    )


@app.command()
def revoke(
    token_id: Annotated[str, typer.Argument(metavar="ID", help="As `token list` shows it.")],
    *,
    tokens_file: FileOption = None,
) -> None:
    """Revoke a token: it is refused from the next call on."""
    from bakehouse.cli.token_file import remove_token  # pydantic is not for --help

    remove_token(_file(tokens_file), token_id)
    remark(f"Token {token_id} is revoked.")


def _file(named: Path | None) -> Path:
    return named or default_home() / "tokens.json"
