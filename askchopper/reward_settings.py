"""Settings of rewards: which kinds are enabled."""

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings

from askchopper.reward_vocabulary import RewardKind

_ALL = ",".join(RewardKind)
_OFF = "off"


class RewardSettings(BaseSettings):
    """Reward fields of ``settings.Settings``."""

    rewards: str = Field(_ALL, max_length=100)

    @field_validator("rewards")
    @classmethod
    def _known(cls, value: str) -> str:
        unknown = sorted(_kinds(value) - set(RewardKind))
        if unknown:
            message = f"REWARDS names kinds of {_ALL}, or {_OFF}; not {', '.join(unknown)}."
            raise ValueError(message)
        return value

    @property
    def reward_kinds(self) -> frozenset[str]:
        """The enabled kinds of rewards."""
        return frozenset(_kinds(self.rewards))


def _kinds(value: str) -> set[str]:
    return (
        set() if value.strip().lower() == _OFF else {part.strip().lower() for part in value.split(",") if part.strip()}
    )
