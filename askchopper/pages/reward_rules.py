"""The rules of rewards, generated from the table by which they are computed."""

import reflex as rx

from askchopper import policy, routes
from askchopper.components import theme
from askchopper.components.client import Go
from askchopper.plurals import counted
from askchopper.states.rewards import BADGE_RULES, BRINGS_BACK, CHALLENGE_RULES, TIER_RULES
from askchopper.views.shell import frame

_TEXT = f"{theme.BODY} text-text-2 max-w-prose"


def reward_rules() -> rx.Component:
    return frame(
        rx.el.div(
            rx.el.h1("Reward rules", class_name=theme.TITLE_1),
            rx.el.p(
                "Rewards are bonus tokens. They are spent before bought tokens, cannot be paid out or spent on your own packs, and expire"
                f" {policy.BONUS_DAYS} days after you got them; we tell you {policy.BONUS_WARNING_DAYS} days before.",
                class_name=f"{_TEXT} mt-2",
            ),
            rx.el.p(
                "A purchase counts once it cannot be refunded any more: when you have downloaded it, or after"
                f" {policy.REFUND_HOURS} hours.",
                class_name=f"{_TEXT} mt-2",
            ),
            rx.el.p(
                "If a card payment is refunded or disputed after you spent its tokens, you owe those tokens. Until you pay them back, your"
                " latest purchases up to that amount do not count, and we take back the bonus tokens that you still have from them: purchase badges, tier"
                " rewards, and referral rewards on both sides. You get them back when the debt is paid. You keep daily rewards, challenges and creator badges.",
                class_name=f"{_TEXT} mt-2",
            ),
            rx.el.p(
                f"Daily rewards and challenges pay at most {counted(policy.MONTHLY_REWARD_TOKENS, 'token')} a month, plus one token for each"
                f" {policy.TOKENS_SPENT_PER_REWARD} bought tokens that you spent in the last {policy.TIER_WINDOW_DAYS} days. After that, your streak and badges still count.",
                class_name=f"{_TEXT} mt-2",
            ),
            _section(
                "Every day",
                rx.el.p(
                    f"{counted(policy.DAILY_TOKENS, 'token')} a day, and {counted(policy.STREAK_TOKENS, 'token')} on every {policy.STREAK_LENGTH_DAYS}th day in a row."
                    f" Days follow your time zone, measured by our clock. One missed day in {policy.GRACE_EVERY_DAYS} is forgiven.",
                    class_name=_TEXT,
                ),
            ),
            _section(
                "Tiers",
                rx.el.p(
                    f"Your tier depends on the bought tokens that you spent in the last {policy.TIER_WINDOW_DAYS} days. It can rise at any time, and falls only"
                    " at the start of a month.",
                    class_name=f"{_TEXT} mb-3",
                ),
                _table("Tier", "What it brings", "Tokens spent", [(name, f"{'. '.join(advantages)}.", f"{spent:,}") for name, spent, advantages in TIER_RULES]),
                rx.el.p(
                    "The bonus tokens that your tier returns are added once the purchase can no longer be refunded, within"
                    f" {policy.TIER_BACK_DAYS} days of it. They are rounded down for each purchase.",
                    class_name=f"{_TEXT} mt-3",
                ) if BRINGS_BACK else rx.fragment(),
            ),
            _section(
                "Challenges",
                rx.el.p(f"{policy.CHALLENGES_A_WEEK} of these each week, from Monday to Sunday (UTC), the same for everyone; the one about Spotify is only for members who have connected Spotify."
                    " Your key is the one with the most weight in your taste profile. On Spotify, we count only what Spotify tells us you play while its player is open on this site.", class_name=f"{_TEXT} mb-3"),
                _table("Challenge", "", "Tokens", [(text, "", str(tokens)) for text, tokens in CHALLENGE_RULES]),
            ),
            _section("Badges", _table("Badge", "How", "Tokens", [(title, text, str(tokens or "-")) for title, text, tokens in BADGE_RULES])),
            _section(
                "Friends",
                rx.el.p(
                    f"You and a friend who joins by your link get {counted(policy.REFERRAL_TOKENS, 'token')} each once the friend has spent"
                    f" {policy.REFERRAL_SPENT} bought tokens on packs that are not yours. You can earn this for {policy.MAX_REFERRALS_A_MONTH} friends a month. If the account was created in your"
                    " browser or network, or pays with your card or email, a moderator checks it first.",
                    class_name=_TEXT,
                ),
            ),
            Go.create("Your rewards", to=routes.REWARDS, class_name=f"{theme.BUTTON} {theme.BUTTON_KIND['secondary']} mt-8"),
            class_name=f"{theme.PAGE} pt-8",
        ),
        active=routes.SETTINGS,
    )  # fmt: skip


def _section(title: str, *content: rx.Component) -> rx.Component:
    return rx.el.section(
        rx.el.h2(title, class_name=f"{theme.TITLE_2} mb-2"), *content, class_name="mt-10 max-w-[760px]"
    )


def _table(first: str, second: str, third: str, lines: list[tuple[str, str, str]]) -> rx.Component:
    head = f"{theme.LABEL} text-text-2 text-left py-2"
    return rx.el.table(
        rx.el.thead(
            rx.el.tr(
                rx.el.th(first, scope="col", class_name=head),
                rx.el.th(second, scope="col", class_name=head) if second else rx.el.td(),
                rx.el.th(third, scope="col", class_name=f"{head} !text-right whitespace-nowrap"),
            )
        ),
        rx.el.tbody(
            *(
                rx.el.tr(
                    rx.el.td(name, class_name="py-2.5 pr-4 font-semibold align-top"),
                    rx.el.td(text, class_name="py-2.5 pr-4 text-text-2"),
                    rx.el.td(number, class_name="fact text-text-1 text-right align-top py-3"),
                    class_name="border-t border-line",
                )
                for name, text, number in lines
            )
        ),
        class_name="w-full border-collapse",
    )
