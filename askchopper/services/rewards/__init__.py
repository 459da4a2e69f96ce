"""Rewards in bonus tokens: daily rewards, badges, challenges, referrals. The rules are in ``rules.toml`` and ``policy``."""
