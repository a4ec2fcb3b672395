"""Where a gRPC server listens, whom it lets in, and how much it takes. Read by a bootstrap only."""

from pathlib import Path
from typing import Self

from pydantic import Field, model_validator

from bakehouse.settings import ProcessSettings


class RpcSettings(ProcessSettings):
    """The settings of every process that serves gRPC. The defaults are for one machine and nobody else."""

    listen: str = Field(default="127.0.0.1:7700", description="host:port; port 0 takes any that is free.")
    tls_certificate: str = Field(default="", description="Certificate chain file; with it, TLS only.")
    tls_key: str = Field(default="", description="The certificate's key file.")
    tls_client_ca: str = Field(
        default="", description="CA file; with it, only clients with a certificate of it."
    )
    reflection: bool = Field(default=False, description="Let clients with a token ask for the contract.")
    tokens_file: Path = Field(
        default=Path(".bakehouse/tokens.json"), description="Made, with one token, where there is none."
    )

    calls_per_second: float = Field(default=500.0, gt=0, description="Of one token, on average.")
    calls_at_once: int = Field(default=1000, ge=1, description="Of one token, before the average counts.")
    open_streams: int = Field(default=100, ge=1, description="Of one token.")
    concurrent_calls: int = Field(default=1000, ge=1, description="Of all tokens, streams included.")
    default_deadline_s: float = Field(
        default=30.0, gt=0, description="Of a unary call that brings no deadline."
    )
    stop_grace_s: float = Field(default=10.0, ge=0, description="What calls get to end in when we stop.")

    @model_validator(mode="after")
    def _check_tls(self) -> Self:
        if bool(self.tls_certificate) != bool(self.tls_key):
            raise ValueError("BAKEHOUSE_TLS_CERTIFICATE and BAKEHOUSE_TLS_KEY go together; set both or none")
        if self.tls_client_ca and not self.tls_certificate:
            raise ValueError("BAKEHOUSE_TLS_CLIENT_CA needs BAKEHOUSE_TLS_CERTIFICATE; set it, or neither")
        return self
