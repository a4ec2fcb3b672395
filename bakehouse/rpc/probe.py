"""`python -m bakehouse.rpc.probe HOST:PORT`: whether a server says that it serves; for containers."""

import argparse
import sys
from collections.abc import Sequence
from typing import Any

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from bakehouse.rpc.channel import open_channel
from bakehouse.rpc.tls import ClientTls

_TIMEOUT_S = 3.0


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code: 1, with a line on stderr, of a server that does not answer or does not serve."""
    parser = argparse.ArgumentParser(prog="python -m bakehouse.rpc.probe")
    parser.add_argument("address", help="host:port")
    parser.add_argument("--ca", help="CA file, of a server that speaks TLS")
    chosen = parser.parse_args(arguments)
    status = probe(chosen.address, tls=ClientTls(ca=chosen.ca) if chosen.ca else None)
    if status == "SERVING":
        return 0
    sys.stderr.write(f"{chosen.address}: {status}\n")
    return 1


def probe(address: str, *, tls: ClientTls | None = None) -> str:
    """What the server says of its health, SERVING at best; else why it said nothing."""
    with open_channel(address, tls=tls) as channel:
        try:
            stub: Any = health_pb2_grpc.HealthStub(channel)  # its types lack the methods
            answer = stub.Check(health_pb2.HealthCheckRequest(), timeout=_TIMEOUT_S)
        except grpc.RpcError as error:
            return f"no answer ({error.code().name})"
    return str(health_pb2.HealthCheckResponse.ServingStatus.Name(answer.status))


if __name__ == "__main__":
    sys.exit(main())
