"""A real browser for the tests of pages: headless Chromium, started once, and axe-core."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import axe_core_python
import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement

BROWSER, DRIVER = (shutil.which(name) for name in ("chromium", "chromedriver"))
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)
AXE = Path(axe_core_python.__file__).parent / "axe.min.js"


def started(profile: Path) -> Iterator[webdriver.Chrome]:
    """Give a Chromium of our own."""
    if BROWSER is None or DRIVER is None:
        if os.environ.get("CI") == "true":
            pytest.fail("CI must have the packages chromium and chromium-driver")
        pytest.skip("needs the programs chromium and chromedriver")
    options = webdriver.ChromeOptions()
    options.binary_location = BROWSER
    for flag in (*FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(DRIVER))
    yield driver
    driver.quit()


def opened(browser: webdriver.Chrome, path: Path, width: int = 1280, theme: str = "light") -> Iterator[webdriver.Chrome]:
    """Open a page; afterwards nothing may have gone wrong in it."""
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": theme}]})
    browser.get(path.as_uri())
    yield browser
    assert [entry for entry in browser.get_log("browser") if entry["level"] in ("WARNING", "SEVERE")] == []


def find(page: webdriver.Chrome, selector: str) -> list[WebElement]:
    return page.find_elements(By.CSS_SELECTOR, selector)


def barriers(page: webdriver.Chrome) -> list[tuple[str, str]]:
    """What keeps people out of a page as it is now, as far as axe-core finds it: the rule and the element."""
    page.execute_script(AXE.read_text("utf-8"))
    found = page.execute_async_script("const done = arguments[arguments.length - 1]; axe.run().then(done)")["violations"]
    return [(each["id"], node["html"][:200]) for each in found for node in each["nodes"] if _is_serious(each)]


def _is_serious(violation: dict[str, Any]) -> bool:
    return violation["impact"] in ("serious", "critical")
