"""`bakehouse migrate`: makes what NATS has to hold, for clusters. `bakehouse up` needs no such step."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from bakehouse.cli.jobs import JsonOption
from bakehouse.cli.output import put, put_json
from bakehouse.topology import installed_services, load_services


def migrate(
    *,
    services: Annotated[
        list[Path] | None,
        typer.Option(
            help="A service.toml; may repeat. Default: those of this installation.", show_default=False
        ),
    ] = None,
    replicas: Annotated[
        int, typer.Option(min=1, max=5, envvar="BAKEHOUSE_REPLICAS", help="Of each stream; 3 in a cluster.")
    ] = 1,
    ack_wait: Annotated[
        float,
        typer.Option(
            min=0.1,
            envvar="BAKEHOUSE_SUPERVISE_ACK_WAIT_S",
            help="Seconds after which a silent supervisor is dead; the same for gateway and services.",
        ),
    ] = 10.0,
    as_json: JsonOption = False,
) -> None:
    """Make or update the streams, buckets and consumers on NATS (BAKEHOUSE_NATS_URL and its like).

    It may run at any time, and as often as one likes. Prints the streams that were missing.
    """
    made = asyncio.run(_migrate(services, replicas=replicas, ack_wait_s=ack_wait))
    if as_json:
        put_json({"made": made})
    for name in () if as_json else made:
        put(name)


async def _migrate(services: list[Path] | None, *, replicas: int, ack_wait_s: float) -> list[str]:
    from bakehouse.jetstream.connecting import connected  # NATS is not for --help
    from bakehouse.logs import configure_logs  # structlog is not, either
    from bakehouse.migration import Layout  # as above
    from bakehouse.migration import migrate as migrate_streams  # as above
    from bakehouse.settings import ProcessSettings  # as above
    from bakehouse.studio.settings import read_settings  # as above

    settings = read_settings(ProcessSettings)
    configure_logs(level=settings.log_level, log_format=settings.log_format, secrets=settings.secrets())
    declared = load_services(services or installed_services())
    async with connected(settings, name="migrate") as connection:
        layout = Layout(replicas=replicas, supervise_ack_wait_s=ack_wait_s)
        return await migrate_streams(connection, declared.values(), layout)
