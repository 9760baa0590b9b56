"""settings-text.js: parameters in the words of the server."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from motion.core.parameters import Parameters
from motion.queries import changelog

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(
    "parameters",
    [
        Parameters(),
        Parameters(variance=0.25, drift=-0.5, interval=0.02, paused=True),
        Parameters(variance=1 / 3, drift=1e-4, interval=3_600),
        Parameters(interval=1),
        Parameters(variance=10_000, drift=0.1 + 0.2, interval=7),
    ],
)
def test_describe_settings_writes_as_the_server(modules: Page, parameters: Parameters) -> None:
    said = modules.evaluate(
        "async (state) => (await import('/live/settings-text.js')).describeSettings(state)",
        vars(parameters),
    )

    assert said == changelog.describe_settings(parameters)
