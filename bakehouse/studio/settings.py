"""What `bakehouse up` may be told, by environment. Services have settings of their own."""

import os
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bakehouse.client.local import default_home
from bakehouse.errors import InvalidInputError
from bakehouse.topology import installed_services

SettingsT = TypeVar("SettingsT", bound=BaseSettings)


class StudioSettings(BaseSettings):
    """The settings of a local studio, prefix BAKEHOUSE_."""

    model_config = SettingsConfigDict(env_prefix="BAKEHOUSE_", frozen=True, extra="ignore")

    home: Path = Field(default_factory=default_home, description="The folder of all that it keeps.")
    listen: str = Field(
        default="",
        description="host:port of the gateway. Empty: as last time, 127.0.0.1:7700, or any free one.",
    )
    http_listen: str = Field(
        default="", description="The same of signed URLs; 127.0.0.1:7701 is tried first."
    )
    store_url: str = Field(default="", description="dir:///path or s3://bucket; empty: a folder in the home.")
    services: Annotated[tuple[Path, ...], NoDecode] = Field(
        default_factory=lambda: tuple(installed_services()),
        description="service.toml files, separated as in PATH. Default: those of this installation.",
    )
    reflection: bool = Field(default=False, description="Let clients with a token ask for the contract.")
    tls_certificate: str = Field(default="", description="With it (and its key) the gateway speaks TLS.")
    tls_ca: str = Field(
        default="", description="What clients here check it by; empty: the certificate itself."
    )

    @field_validator("services", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return [part for part in value.split(os.pathsep) if part] if isinstance(value, str) else value


def read_settings(kind: type[SettingsT]) -> SettingsT:
    """Settings as the environment gives them.

    Raises:
        InvalidInputError: some are wrong; the message names them all, and no value.
    """
    try:
        return kind()
    except ValidationError as error:
        problems = [
            f"BAKEHOUSE_{str(found['loc'][0]).upper()}: {found['msg']}"
            for found in error.errors(include_input=False)
        ]
        raise InvalidInputError("; ".join(problems)) from None  # the cause would quote what was given
