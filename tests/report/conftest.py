"""The made-up run and trials as modules, and a browser."""

import importlib.util
import shutil
import sys
import tempfile
from pathlib import Path
from types import ModuleType

import pytest


def load(name) -> ModuleType:
    path = Path(__file__).with_name(f"{name}.py")
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def fake() -> ModuleType:
    return load("fake_run")


@pytest.fixture(scope="session")
def fake_trials() -> ModuleType:
    return load("fake_trials")


def chromium():
    binary = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
    driver = shutil.which("chromedriver")
    if not binary or not driver:
        pytest.skip("no chromium with chromedriver on this machine")
    return binary, driver


@pytest.fixture
def browser():
    binary, driver = chromium()
    webdriver = pytest.importorskip("selenium.webdriver")
    options = webdriver.ChromeOptions()
    options.binary_location = binary
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        for flag in (
            "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            f"--user-data-dir={profile}",
        ):  # fmt: skip
            options.add_argument(flag)
        opened = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
        yield opened
        opened.quit()


@pytest.fixture
def show(browser):
    """Open a page in the browser at a width."""

    def shown(page, folder, width=1280):
        path = Path(folder) / "report.html"
        path.write_text(page, encoding="utf-8")
        browser.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False},
        )
        browser.get(path.as_uri())

    return shown


@pytest.fixture(scope="session")
def elements():
    return load("page_elements").Elements
