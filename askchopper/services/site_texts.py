"""Texts of the pages linked in the footer. An operator overrides a default with ``DATA_DIR/site/<name>.md``."""

import re
from email.utils import parseaddr
from pathlib import Path

from askchopper import policy, settings
from askchopper.errors import NotFoundError
from askchopper.page_titles import SITE_NAME
from askchopper.services.catalogue import licences
from askchopper.vocabulary import LicenceKind

NAMES = ("terms", "privacy", "licences", "help", "contact", "status-page")
_DRAFTS = Path(__file__).with_name("site_text_drafts")
_LICENCES_HEAD = "# Licences\n\nThese are the exact texts. Your certificate names the one you bought under.\n\n"


def load(name: str) -> str:
    """Return a text as Markdown: the operator's file unchanged, or else the default with the values of ``policy`` filled in.

    Raises:
        NotFoundError: there is no such page.
    """
    if name not in NAMES:
        raise NotFoundError("There is no such page.")
    own = settings.get().data_dir / "site" / f"{name}.md"
    if own.is_file():
        return own.read_text(encoding="utf-8")
    if name == "licences":
        bodies = (licences.licence_text(kind).body for kind in LicenceKind)
        return _LICENCES_HEAD + "\n\n".join(re.sub(r"^#", "##", body, flags=re.MULTILINE) for body in bodies)
    values = {
        "site": SITE_NAME,
        "refund_hours": policy.REFUND_HOURS,
        "seller_share": policy.SELLER_SHARE_PERCENT,
        "deletion_days": policy.DELETION_GRACE_DAYS,
        "referral_days": policy.REFERRAL_COOKIE_DAYS,
        "topic_members": policy.UNANSWERED_SHOWN_FROM_MEMBERS,
        "sound_formats": policy.SOUND_FORMATS,
        "max_file": policy.megabytes(policy.MAX_FILE_BYTES),
        "mail": parseaddr(settings.get().mail_from)[1],
    }
    return (_DRAFTS / f"{name}.md").read_text(encoding="utf-8").format_map(values)
