"""Settings of the dataset service alone."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class DatasetSettings(BaseSettings):
    """Which of the server's folders may be read."""

    model_config = SettingsConfigDict(env_prefix="BAKEHOUSE_", frozen=True, extra="ignore")

    source_roots: str = Field(
        default="", description="Absolute folders, by colons; `server:` paths lie below one of them."
    )
