"""Where the browsers are, and how Chromium is started."""

from __future__ import annotations

import shutil

HEADLESS_SHELL = "chromium-headless-shell"  # Chromium without windows: a test costs a fifth less
CHROMIUM = ("chromium", "chromium-browser", "google-chrome", HEADLESS_SHELL)
FIREFOX = ("firefox-esr", "firefox")

UNWANTED = [
    # Two hidden pages of the address bar for every person, a fifth of what a test's page costs.
    *("WebUIOmniboxPopup", "WebUIOmniboxAimPopup"),
    # A process for a page that nobody will open.
    "SpareRendererForSitePerProcess",
    # Playwright's own list: of several, Chromium goes by the last.
    *("AvoidCorsURLLoaderRestartOnRedirect", "AvoidUnnecessaryBeforeUnloadCheckSync"),
    *("AimEnabled", "DestroyProfileOnBrowserClose", "HttpsFirstBalancedModeAutoEnable"),
    *("HttpsUpgrades", "LensOverlay", "MediaRouter", "NetworkTimeServiceQuerying"),
    *("OptimizationHints", "PaintHolding", "PreconnectToSearch", "ThirdPartyStoragePartitioning"),
]

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    f"--disable-features={','.join(UNWANTED)}",
]


def chromium() -> str | None:
    return find(CHROMIUM)


def headless_chromium() -> str | None:
    """The browser of the tests: the headless shell, or Chromium where there is none."""
    return find((HEADLESS_SHELL, *CHROMIUM))


def firefox() -> str | None:
    return find(FIREFOX)


def find(names: tuple[str, ...]) -> str | None:
    return next((found for name in names if (found := shutil.which(name))), None)
