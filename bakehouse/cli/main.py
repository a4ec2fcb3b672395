"""`bakehouse`: the commands, and how they fail: in one line with the remedy, never with a traceback."""

import os
import sys
import traceback

import typer

from bakehouse.cli import snapshots, tokens
from bakehouse.cli.bake import bake
from bakehouse.cli.cancel import cancel
from bakehouse.cli.explain import explain
from bakehouse.cli.export import export
from bakehouse.cli.jobs import jobs
from bakehouse.cli.ls import ls
from bakehouse.cli.migrate import migrate
from bakehouse.cli.output import remark
from bakehouse.cli.pipelines import pull, stop
from bakehouse.cli.plan import plan
from bakehouse.cli.prune import prune_source
from bakehouse.cli.repeats import repeats
from bakehouse.cli.studio import down, status, up
from bakehouse.cli.watch import watch
from bakehouse.errors import BakehouseError

app = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Bakehouse turns a pile of images into a trained LoRA.",
    epilog="Commands find the studio that `up` runs in ./.bakehouse (BAKEHOUSE_HOME), or the one that "
    "BAKEHOUSE_ADDRESS and BAKEHOUSE_TOKEN name.",
)
for command in (
    up,
    down,
    status,
    plan,
    repeats,
    explain,
    bake,
    watch,
    stop,
    cancel,
    pull,
    ls,
    jobs,
    prune_source,
    migrate,
):
    app.command()(command)
snapshots.app.command("export")(export)
app.add_typer(snapshots.app, name="snapshots")
app.add_typer(tokens.app, name="token")


def main() -> None:
    """Run the command line."""
    try:
        code = app(args=sys.argv[1:] or ["--help"], standalone_mode=False)
    except BakehouseError as error:
        code = _fail(error.message)
    except typer.TyperException as error:
        code = _fail(f"{error.format_message().rstrip('.')}; see --help", code=error.exit_code)
    except Exception as error:  # noqa: BLE001 - the top of the process
        if os.environ.get("BAKEHOUSE_LOG_LEVEL") == "debug":
            traceback.print_exc()
        what = f"{type(error).__name__}: {error}"
        code = _fail(f"a bug: {what}; BAKEHOUSE_LOG_LEVEL=debug shows where, please report it")
    sys.exit(code)


def _fail(message: str, *, code: int = 1) -> int:
    remark(f"bakehouse: {' '.join(message.split())}")
    return code


if __name__ == "__main__":
    main()
