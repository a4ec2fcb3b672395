"""Where things are: what every process of Bakehouse reads from its environment, prefix `BAKEHOUSE_`.

Only a `bootstrap.py` reads settings. What a user wants is no setting but a spec, and travels in a request.
"""

import os
import re
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from bakehouse.secret_values import SecretValues


class ProcessSettings(BaseSettings):
    """The ground under every process: queue, store, logs, metrics."""

    model_config = SettingsConfigDict(env_prefix="BAKEHOUSE_", frozen=True, extra="ignore")

    nats_url: str = Field(default="nats://127.0.0.1:4222", description="One or more URLs, by commas.")
    nats_token: SecretStr = Field(default=SecretStr(""), description="Empty where NATS asks for none.")
    nats_ca: str = Field(default="", description="CA file, where NATS speaks TLS under a private one.")
    nats_certificate: str = Field(
        default="", description="Client certificate file, where NATS verifies clients."
    )
    nats_key: str = Field(default="", description="The client certificate's key file.")

    nats_patience_s: float = Field(
        default=30.0, gt=0, description="How long a process waits for NATS at its start."
    )

    store_url: str = Field(default="", description="dir:///absolute/path or s3://bucket[/prefix].")
    s3_endpoint: str = Field(default="", description="http(s)://host:port of any S3; empty for AWS.")
    s3_access_key: SecretStr = SecretStr("")
    s3_secret_key: SecretStr = SecretStr("")
    s3_region: str = "us-east-1"

    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["json", "console"] = "json"
    metrics_address: str = Field(default="", description="host:port of /metrics; empty for none.")

    def secrets(self) -> list[str]:
        """The values that must never appear in a log."""
        candidates = [getattr(self, name) for name in type(self).model_fields]
        found = [c.get_secret_value() for c in candidates if isinstance(c, SecretStr)]
        found += SecretValues(os.environ).values()
        found += re.findall(r"//[^/@,]*?:?([^:/@,]+)@", self.nats_url)
        return [secret for secret in found if secret]
