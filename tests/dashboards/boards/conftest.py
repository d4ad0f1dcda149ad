"""What tests of several boards share."""

import pytest


@pytest.fixture(scope="module", params=[False, True], ids=["raw", "recorded"])
def recorded(request):
    """Whether the board reads what was recorded."""
    return request.param
