"""Rewards in bonus tokens: daily, badges, challenges, referrals. All rules are in ``rules.toml`` and ``policy``."""
