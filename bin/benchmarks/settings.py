"""The product's own settings, and one bare page to hold its pages against."""

from tyonohjaus.settings import *  # noqa: F403

ROOT_URLCONF = "benchmarks.urls"
TEMPLATES[0]["DIRS"] = [*TEMPLATES[0]["DIRS"], BASE_DIR / "bin" / "benchmarks" / "templates"]  # noqa: F405
