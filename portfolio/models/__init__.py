from portfolio.models.case import Case
from portfolio.models.choice import Choice, Part
from portfolio.models.ethics import Commitment, Guideline
from portfolio.models.kept import KeptContent, KeptFile
from portfolio.models.log import Kind, LogEntry, Unit
from portfolio.models.qualification import Experience, Spoken, Standing, Training

__all__ = [
    "Case",
    "Choice",
    "Commitment",
    "Experience",
    "Guideline",
    "KeptContent",
    "KeptFile",
    "Kind",
    "LogEntry",
    "Part",
    "Spoken",
    "Standing",
    "Training",
    "Unit",
]
