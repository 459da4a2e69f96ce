"""What the forms of an account do, as functions."""

import uuid

from sqlalchemy import text

from askchopper.database import transaction
from askchopper.schemas.accounts import Viewer
from askchopper.services import accounts, passwords
from tests.support.factories import PASSWORD


async def register(email: str = "ada@example.test", **changes: str) -> uuid.UUID:
    fields = {"display_name": "Ada", "password": PASSWORD, "code": "", **changes}
    async with transaction() as session:
        return await accounts.register(session, email=email, **fields)


async def authenticate(
    email: str, password: str = PASSWORD, *, client_ip: str = "", device: str = ""
) -> tuple[str, Viewer]:
    return await accounts.authenticate(
        email=email, password=password, user_agent="Mozilla Firefox/1 Linux", client_ip=client_ip, device=device
    )


async def ask_for_reset(email: str = "ada@example.test", *, client_ip: str = "") -> str | None:
    """Ask for a reset as the form does; returns the token of the mailed link, if one was mailed."""
    owner = await passwords.find_for_reset(email=email, client_ip=client_ip)
    if owner is None:
        return None
    async with transaction() as session:
        link = await passwords.create_reset(session, owner)
    return link and link.partition("#token=")[2]


async def let_pass(seconds: int) -> None:
    async with transaction() as session:
        await session.execute(
            text("UPDATE password_resets SET created_at = created_at - make_interval(secs => :s)"), {"s": seconds}
        )


async def use_reset(token: str, new: str = "brand new one") -> None:
    async with transaction() as session:
        await passwords.reset_password(session, token=token, new=new)
