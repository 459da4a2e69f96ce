"""The demo catalogue: who sells, and which packs. The tables themselves are in ``*_packs``."""

from tools.demo.beat_packs import BEAT_PACKS
from tools.demo.club_packs import CLUB_PACKS
from tools.demo.entries import DemoCreator, DemoFile, DemoPack, with_frame
from tools.demo.slow_packs import SLOW_PACKS

__all__ = ["CREATORS", "PACKS", "DemoCreator", "DemoFile", "DemoPack"]

CREATORS: tuple[DemoCreator, ...] = (
    DemoCreator(
        slug="juno-hale",
        display_name="Juno Hale",
        place="Rotterdam",
        bio=(
            "Techno and dub producer with a small studio above a shipping office. Likes deep "
            "kicks, long tails and found sounds."
        ),
        email="creator@askchopper.test",
    ),
    DemoCreator(
        slug="lucia-ferran",
        display_name="Lucía Ferrán",
        place="Valencia",
        bio=("Guitarist turned producer. House, deep house and disco with live-feeling parts."),
        email="lucia@askchopper.test",
    ),
    DemoCreator(
        slug="dee-okonjo",
        display_name="Dee Okonjo",
        place="London",
        bio=("Started on pirate radio. Garage, drill, trap and drum and bass with plenty of space."),
        email="dee@askchopper.test",
    ),
    DemoCreator(
        slug="oren-takeda",
        display_name="Oren Takeda",
        place="Portland",
        bio=("Collects and repairs old samplers. Slow drums, electric pianos and tape."),
        email="oren@askchopper.test",
    ),
    DemoCreator(
        slug="tendai-moyo",
        display_name="Tendai Moyo",
        place="Johannesburg",
        bio=("Percussionist. Amapiano and afrobeat, with every shaker part played from start to end."),
        email="tendai@askchopper.test",
    ),
    DemoCreator(
        slug="casper-lindgaard",
        display_name="Casper Lindgaard",
        place="Aarhus",
        bio=("Film composer. Ambient, cinematic and downtempo packs with soft strings and large drums."),
        email="casper@askchopper.test",
    ),
)

PACKS: tuple[DemoPack, ...] = tuple(with_frame(pack) for pack in (*CLUB_PACKS, *BEAT_PACKS, *SLOW_PACKS))
