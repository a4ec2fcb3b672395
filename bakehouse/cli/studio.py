"""`bakehouse up`, `down` and `status`: the local studio. The only commands that import it."""

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bakehouse.cli.jobs import JsonOption
from bakehouse.cli.output import duration_text, put, put_json, put_table, remark
from bakehouse.client.local import HOME_VARIABLE
from bakehouse.errors import UnavailableError

if TYPE_CHECKING:
    # For type checkers: psutil and gRPC are not for --help.
    from bakehouse.studio.report import StudioReport

NOT_RUNNING = 3  # as init scripts say it

HomeOption = Annotated[
    Path, typer.Option(envvar=HOME_VARIABLE, help="The folder of all that the studio keeps.")
]
_HOME = Path(".bakehouse")


def up(
    *,
    home: HomeOption = _HOME,
    detach: Annotated[bool, typer.Option("--detach", help="Return when it is ready; it goes on.")] = False,
    services: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE",
            help="A service.toml; may repeat. Default: those of this installation.",
            show_default=False,
        ),
    ] = None,
    listen: Annotated[
        str,
        typer.Option(
            metavar="HOST:PORT",
            help="Where the gateway listens; port 0: any. Default: as last time, or 127.0.0.1:7700, or any.",
            show_default=False,
        ),
    ] = "",
    store: Annotated[
        str,
        typer.Option(
            metavar="URL",
            help="dir:///path or s3://bucket. Default: a folder in the home.",
            show_default=False,
        ),
    ] = "",
    reflection: Annotated[
        bool, typer.Option("--reflection", help="Let clients ask for the contract.")
    ] = False,
) -> None:
    """Run the studio on this machine: NATS, the gateway, and every service with its workers."""
    chosen = {
        "HOME": str(home),
        "SERVICES": os.pathsep.join(str(path.resolve()) for path in services or ()),
        "LISTEN": listen,
        "STORE_URL": store,
        "REFLECTION": "true" if reflection else "",
    }
    os.environ.update({f"BAKEHOUSE_{name}": value for name, value in chosen.items() if value})
    if detach:
        _start(home)
    else:
        _run()


def down(*, home: HomeOption = _HOME) -> None:
    """Stop the studio of a home folder, and wait until it has stopped."""
    _need_studio()
    from bakehouse.logs import configure_logs  # structlog is not for --help
    from bakehouse.studio.detached import stop_studio  # psutil and pydantic are not, either

    configure_logs(level="error", log_format="console")
    has_stopped = stop_studio(home)
    remark("Stopped." if has_stopped else f"No studio runs in {home}.")


def status(*, home: HomeOption = _HOME, as_json: JsonOption = False) -> None:
    """Show the studio of a home folder: its processes, NATS, the store, jobs by state.

    The exit code is 0 where it is ready, 1 where something is in trouble, 3 where none runs.
    """
    _need_studio()
    from bakehouse.studio.report import report_on  # gRPC and psutil are not for --help

    report = report_on(home)
    if as_json:
        put_json(report, indent=2)
    else:
        _show(report)
    raise typer.Exit(_exit_code(report))


def _run() -> None:
    _need_studio()
    from bakehouse.studio.own_log import log_to_file  # pydantic is not for --help
    from bakehouse.studio.settings import StudioSettings, read_settings  # as above
    from bakehouse.studio.studio import run_studio  # NATS, gRPC and psutil are not

    settings = read_settings(StudioSettings)
    asyncio.run(run_studio(settings, remark, prepared=log_to_file))


def _start(home: Path) -> None:
    _need_studio()
    from bakehouse.studio.detached import start_detached  # psutil and pydantic are not for --help

    remark(start_detached(home))


def _need_studio() -> None:
    try:
        import psutil  # noqa: F401 - the sign of the extra; only these commands need it
    except ImportError as error:
        raise UnavailableError('the studio is not installed; `pip install "bakehouse[studio]"`') from error


def _exit_code(report: "StudioReport") -> int:
    if report.phase == "stopped":
        return NOT_RUNNING
    is_well = report.phase == "ready" and not report.gateway_trouble and not report.nats_trouble
    return 0 if is_well and all(p.pid and not p.is_failing for p in report.processes) else 1


def _show(report: "StudioReport") -> None:
    if report.phase == "stopped":
        put(f"No studio runs in {report.home}; `bakehouse up` starts one.")
        return
    put(f"Bakehouse {report.version} is {report.phase} in {report.home}")
    put(f"  gateway  {report.address}{_but(report.gateway_trouble)}")
    put(f"  NATS     {report.nats_url}{_but(report.nats_trouble)}")
    put(f"  store    {report.store_url}")
    counts = ", ".join(f"{count} {state}" for state, count in sorted(report.jobs.items()))
    put(f"  jobs     {counts or 'none'}\n")
    put_table(
        ["PROCESS", "PID", "UP", "RESTARTS", "RSS MiB", "CPU %"],
        [
            [
                p.name,
                str(p.pid or "-"),
                duration_text(p.up_s),
                str(p.num_restarts),
                str(p.rss_mib),
                str(p.cpu_percent),
            ]
            for p in report.processes
        ],
    )
    for process in report.processes:
        if process.trouble and (process.is_failing or not process.pid):
            put(f"\n{process.name} {process.trouble}")
            for line in process.last_lines:
                put(f"  {line}")


def _but(trouble: str) -> str:
    return f": {trouble}" if trouble else ""
