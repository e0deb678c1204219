"""A real browser with the page of the oddity task, as an observer has it before them."""

import base64
import io
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
DRIVER = shutil.which("chromedriver")
needs_browser = pytest.mark.skipif(
    not (CHROMIUM and DRIVER), reason="no browser: Debian's chromium and chromium-driver are not installed"
)


class Session:
    """A browser with the page open, as an observer has it before them."""

    def __init__(self, driver, downloads: Path):
        self.driver = driver
        self.downloads = downloads

    def begin(self, page: Path, observer: str) -> None:
        self.driver.get(page.as_uri())
        self.driver.find_element("id", "observer").send_keys(observer)
        self.driver.find_element("id", "begin").click()
        self.wait(lambda: self.shown("task"))

    def shown(self, name: str) -> bool:
        return self.driver.find_element("id", name).is_displayed()

    def press(self, key: str) -> None:
        self.driver.find_element("tag name", "body").send_keys(key)

    def pictures(self) -> list[np.ndarray]:
        """The pixels of the three intervals."""
        script = "return [...document.querySelectorAll('.interval canvas')].map(c => c.toDataURL('image/png'))"
        encoded = (source.split(",", 1)[1] for source in self.driver.execute_script(script))
        return [np.asarray(Image.open(io.BytesIO(base64.b64decode(png))).convert("RGB")) for png in encoded]

    def save(self) -> Path:
        for old in self.downloads.glob("*.tsv"):
            old.unlink()
        self.driver.find_element("id", "save").click()
        self.wait(lambda: list(self.downloads.glob("*.tsv")))
        return next(self.downloads.glob("*.tsv"))

    def wait(self, true: Callable[[], object], seconds: float = 20) -> None:
        end = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < end, "the page did not do what was waited for"
            time.sleep(0.02)


def opened(downloads: Path) -> Iterator[Session]:
    """A browser that saves into this folder, closed in the end: what a fixture yields from."""
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"):
        options.add_argument(argument)
    options.add_experimental_option("prefs", {"download.default_directory": str(downloads)})
    driver = webdriver.Chrome(options, webdriver.ChromeService(DRIVER))
    yield Session(driver, downloads)
    driver.quit()
