"""Settings of learning: the check of links to other sites."""

from pydantic import Field
from pydantic_settings import BaseSettings


class LearningSettings(BaseSettings):
    """Part of ``settings.Settings``."""

    resource_checks: bool = Field(default=True)
    resource_check_base: str = Field("", max_length=200)
