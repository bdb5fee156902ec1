"""Pages of the admin site for this room; what all of its pages keep to stands in `shown`."""

from accounts.admin import organisation, practice, user

__all__ = ["organisation", "practice", "user"]
