"""Settings of the dataset service alone."""

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.dataset.domain.retrying import FetchLimits


class DatasetSettings(BaseSettings):
    """What of the outside may be read, and with which keys where a source names none."""

    model_config = SettingsConfigDict(
        env_prefix="BAKEHOUSE_", frozen=True, extra="ignore", populate_by_name=True
    )

    source_roots: str = Field(
        default="", description="Absolute folders, by colons; `server:` paths lie below one of them."
    )
    aws_access_key_id: SecretStr = Field(default=SecretStr(""), validation_alias="AWS_ACCESS_KEY_ID")
    aws_secret_access_key: SecretStr = Field(default=SecretStr(""), validation_alias="AWS_SECRET_ACCESS_KEY")
    aws_session_token: SecretStr = Field(default=SecretStr(""), validation_alias="AWS_SESSION_TOKEN")
    fetch_allow: str = Field(
        default="",
        description="Hosts and networks, by commas, that URLs may lead to beside the public internet.",
    )
    fetch_max_bytes: int = Field(default=256 << 20, ge=1, description="No file of a URL is longer.")
    fetch_timeout_s: float = Field(default=60.0, gt=0, description="One try of a URL takes no longer.")
    fetch_connections: int = Field(default=8, ge=1, description="To one host at a time, by a worker.")
    fetch_per_second: float = Field(default=20.0, gt=0, description="Requests to one host, by a worker.")

    @property
    def fetch_limits(self) -> FetchLimits:
        """What one URL may take, and one host."""
        return FetchLimits(
            max_bytes=self.fetch_max_bytes,
            attempt_s=self.fetch_timeout_s,
            total_s=4 * self.fetch_timeout_s,
            silence_s=min(FetchLimits().silence_s, self.fetch_timeout_s),
            connections=self.fetch_connections,
            per_second=self.fetch_per_second,
        )
