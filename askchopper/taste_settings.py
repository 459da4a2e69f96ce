"""Settings of the taste profile."""

from pydantic import Field
from pydantic_settings import BaseSettings


class TasteSettings(BaseSettings):
    """Taste fields of ``settings.Settings``."""

    # Shorter ones would exceed the range of a double within decades, as weights grow from a fixed reference time.
    taste_half_life_days: float = Field(30.0, ge=7.0, le=3650.0)
