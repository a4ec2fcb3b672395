"""Where the gateway listens, what it signs with, and how much it takes. Read by the bootstrap only."""

import os
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import NoDecode

from bakehouse.errors import InvalidInputError
from bakehouse.rpc.addresses import parse_address
from bakehouse.rpc.settings import RpcSettings
from bakehouse.topology import installed_services

_DAY_S = 86_400
_GIB = 1 << 30


class GatewaySettings(RpcSettings):
    """The settings of the gateway, by environment. All replicas of one studio need the same `signing_key`."""

    http_listen: str = Field(
        default="127.0.0.1:7701", description="host:port of the signed URLs, where the store answers none."
    )
    public_url: str = Field(
        default="",
        description="How clients reach http_listen, http(s)://host[:port][/path]. Empty: directly.",
    )
    signing_key: SecretStr = Field(
        min_length=32, description="Page tokens, resume tokens and URLs are signed with it."
    )

    services: Annotated[tuple[Path, ...], NoDecode] = Field(
        default_factory=lambda: tuple(installed_services()),
        description="service.toml files, separated as in PATH. Default: those of this installation.",
    )
    migrate: bool = Field(
        default=True, description="Make streams, buckets and consumers. Off where NATS forbids it to us."
    )
    replicas: int = Field(default=1, ge=1, le=5, description="Of each stream; 3 in a cluster.")
    supervise_ack_wait_s: float = Field(
        default=10.0, gt=0, description="How soon a silent supervisor is dead. The same for all `serve`."
    )

    upload_max_bytes: int = Field(default=64 * _GIB, ge=1, le=2**53 - 1, description="Of one upload.")
    upload_expires_s: int = Field(default=7 * _DAY_S, ge=60, description="After that it is forgotten.")
    url_expires_s: int = Field(default=3600, ge=1, le=7 * _DAY_S, description="How long a URL works.")
    transfers: int = Field(
        default=64, ge=1, description="Parts being written at a time; each holds a thread and a few MiB."
    )

    @field_validator("services", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return [part for part in value.split(os.pathsep) if part] if isinstance(value, str) else value

    @model_validator(mode="after")
    def _check_url(self) -> Self:
        is_local = parse_address(self.http_listen, setting="BAKEHOUSE_HTTP_LISTEN").is_loopback
        if not self.public_url and not is_local:
            raise ValueError("BAKEHOUSE_PUBLIC_URL has to say how clients reach BAKEHOUSE_HTTP_LISTEN")
        return self


def read_settings() -> GatewaySettings:
    """The settings that the environment gives.

    Raises:
        InvalidInputError: some are missing or wrong; the message names them all, and no value.
    """
    try:
        return GatewaySettings()  # type: ignore[call-arg]  # the environment gives what has no default
    except ValidationError as error:
        problems = [_problem(found["loc"], found["msg"]) for found in error.errors(include_input=False)]
        raise InvalidInputError("; ".join(problems)) from None  # the cause would quote what was given


def _problem(place: tuple[int | str, ...], message: str) -> str:
    text = message.removeprefix("Value error, ")
    return f"BAKEHOUSE_{str(place[0]).upper()}: {text}" if place else text
