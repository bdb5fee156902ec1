from portfolio.models.case import Case

__all__ = ["Case"]
