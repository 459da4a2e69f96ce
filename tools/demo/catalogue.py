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
            "Runs a small room above a shipping office and records the building when it is "
            "empty. Techno, dub and anything with a long tail."
        ),
        email="creator@askchopper.test",
    ),
    DemoCreator(
        slug="lucia-ferran",
        display_name="Lucía Ferrán",
        place="Valencia",
        bio=(
            "Guitarist first, producer since the band split up. Writes for dancers and keeps "
            "the mistakes that feel good."
        ),
        email="lucia@askchopper.test",
    ),
    DemoCreator(
        slug="dee-okonjo",
        display_name="Dee Okonjo",
        place="London",
        bio=("Pirate-radio kid, now behind the desk. Garage swing, cold drill and drum and bass with room to breathe."),
        email="dee@askchopper.test",
    ),
    DemoCreator(
        slug="oren-takeda",
        display_name="Oren Takeda",
        place="Portland",
        bio=("Collects broken samplers and repairs some of them. Slow drums, electric pianos, tape."),
        email="oren@askchopper.test",
    ),
    DemoCreator(
        slug="tendai-moyo",
        display_name="Tendai Moyo",
        place="Johannesburg",
        bio=("Percussionist and log-drum obsessive. Every shaker part is played through, not copied from bar one."),
        email="tendai@askchopper.test",
    ),
    DemoCreator(
        slug="casper-lindgaard",
        display_name="Casper Lindgaard",
        place="Aarhus",
        bio=(
            "Scores short films and long winters. Likes strings that are barely touched and "
            "drums that are hit very hard."
        ),
        email="casper@askchopper.test",
    ),
)

PACKS: tuple[DemoPack, ...] = tuple(with_frame(pack) for pack in (*CLUB_PACKS, *BEAT_PACKS, *SLOW_PACKS))
