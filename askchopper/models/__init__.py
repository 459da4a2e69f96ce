"""All tables. Importing this package registers every one of them with the metadata."""

from askchopper.models import accounts, activity, catalogue, purchases, uploads, wallet

__all__ = ["accounts", "activity", "catalogue", "purchases", "uploads", "wallet"]
