from collections.abc import Callable
from contextlib import AbstractContextManager
from io import BytesIO

import pytest
from pypdf import PdfReader

from audit.connecting import as_role
from audit.roles import Role
from tests.conftest import Cast
from tests.portfolio_story import Story


@pytest.fixture
def as_worker() -> Callable[[], AbstractContextManager[None]]:
    return lambda: as_role(Role.WORKER)


@pytest.fixture
def story(cast: Cast) -> Story:
    return Story(cast)


@pytest.fixture
def text_of_pdf() -> Callable[[bytes], str]:
    return lambda pdf: " ".join(" ".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages).split())
