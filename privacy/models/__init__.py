from privacy.models.duty import DutyReport

__all__ = ["DutyReport"]
