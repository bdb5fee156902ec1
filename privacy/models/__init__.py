from privacy.models.hold import Hold, HoldQuerySet
from privacy.models.run import Loose, Passage, RetentionRun

__all__ = ["Hold", "HoldQuerySet", "Loose", "Passage", "RetentionRun"]
