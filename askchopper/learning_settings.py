"""Settings of learning: checks of external links."""

from pydantic import Field
from pydantic_settings import BaseSettings


class LearningSettings(BaseSettings):
    """Learning fields of ``settings.Settings``."""

    resource_checks: bool = Field(default=True)
    resource_check_base: str = Field("", max_length=200)
