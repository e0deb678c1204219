"""The report in a real browser: it opens on what was found, asks nobody else, and shows every figure whole.

Its figures are made up, in the sizes that figures have; what shows them are the workflow's own pages and style.
"""

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from support import PROJECT
from texalign.figures.kit import figure_style, save_figure
from texalign.findings.table_page import table_page

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
DRIVER = shutil.which("chromedriver")
needs_browser = pytest.mark.skipif(
    not (CHROMIUM and DRIVER), reason="no browser: Debian's chromium and chromium-driver are not installed"
)
SCREENS = [(1440, 900), (1920, 1080), (390, 844)]
FINDINGS = '<html><body><div class="findings"><h1>What was found</h1><p>3.45 bits</p></div></body></html>'
SNAKEFILE = """
report: "{workflow}/report/workflow.rst"

rule all:
    input:
        report("findings.html", category="0 What was found", labels={{"page": "what was found"}}),
        report("mi.html", category="9 Tables", labels={{"table": "all layers"}}),
        report("tall.png", category="1 Figures", labels={{"figure": "tall"}}),
        report("wide.png", category="1 Figures", labels={{"figure": "wide"}}),
"""


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from matplotlib.figure import Figure

    folder = tmp_path_factory.mktemp("report")
    for name, size in {"tall": (4, 14), "wide": (14, 4)}.items():
        with figure_style():
            figure = Figure(figsize=size)
        figure.subplots().imshow(np.eye(3))
        save_figure(figure, [folder / f"{name}.png"])
    template = (PROJECT / "workflow/scripts/texalign/findings/table.html").read_text()
    rows = [{"model": f"net{i % 3}", "bits": str(i / 7)} for i in range(700)]
    (folder / "mi.html").write_text(table_page(template, "mi", "all layers", rows, {"bits": "in bits"}))
    (folder / "findings.html").write_text(FINDINGS)
    (folder / "Snakefile").write_text(SNAKEFILE.format(workflow=PROJECT / "workflow"))
    style = PROJECT / "workflow/report/style.css"
    command = [sys.executable, "-m", "snakemake", "--report", "report.html", "--report-stylesheet", str(style)]
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return folder / "report.html"


@pytest.fixture(scope="module", params=SCREENS, ids=lambda size: f"{size[0]}x{size[1]}")
def screen(request: pytest.FixtureRequest, report: Path) -> Iterator[object]:
    """A browser whose window has that size, with the report open."""
    webdriver = pytest.importorskip("selenium.webdriver")
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options, webdriver.ChromeService(DRIVER))
    try:
        size = {"width": request.param[0], "height": request.param[1], "deviceScaleFactor": 1, "mobile": False}
        driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        driver.get(report.as_uri())
        yield driver
    finally:
        driver.quit()


def show(driver: object, path: str) -> None:
    driver.execute_script(
        "const of = {'text/html': 'html', 'image/png': 'img'}, path = arguments[0];"
        "app.setView({content: of[results[path].mime_type], contentPath: results[path].data_uri, resultPath: path})",
        path,
    )


def until(driver: object, script: str) -> object:
    """What a script returns once that is true."""
    for _ in range(100):
        found = driver.execute_script(script)
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError(f"never came: {script}")


@needs_browser
def test_it_opens_on_what_was_found(screen):
    heading = until(screen, "const h = document.querySelector('.findings h1'); return h && h.getBoundingClientRect()")
    assert heading["width"] > 100
    assert heading["top"] >= 0
    assert heading["bottom"] <= screen.execute_script("return innerHeight")
    assert heading["right"] <= screen.execute_script("return innerWidth")


@needs_browser
@pytest.mark.parametrize("name", ["tall.png", "wide.png"])
def test_every_figure_is_seen_whole(screen, name: str):
    show(screen, name)
    box = until(
        screen,
        "const i = document.querySelector('.grow.h-screen img');"
        "return i && i.complete && i.naturalWidth && i.getBoundingClientRect()",
    )
    width, height, pane = screen.execute_script(
        "return [innerWidth, innerHeight, document.querySelector('.grow.h-screen').getBoundingClientRect()]"
    )
    assert pane["left"] - 1 <= box["left"] < box["right"] <= min(width, pane["right"]) + 1
    assert pane["top"] - 1 <= box["top"] < box["bottom"] <= min(height, pane["bottom"]) + 1
    # Whole, and as it is: neither squeezed nor a thumbnail.
    natural = screen.execute_script(
        "const i = document.querySelector('.grow.h-screen img'); return i.naturalWidth / i.naturalHeight"
    )
    assert box["width"] / box["height"] == pytest.approx(natural, rel=0.02)
    assert max(box["width"] / width, box["height"] / height) > 0.4


@needs_browser
def test_tables_are_sorted_and_filtered_in_the_page(screen):
    show(screen, "mi.html")
    until(screen, "return document.querySelector('iframe')")
    screen.switch_to.frame(screen.find_element("css selector", "iframe"))
    try:
        until(screen, "return document.querySelectorAll('tbody tr').length === 300")
        screen.execute_script("document.querySelectorAll('th button')[1].click()")
        screen.execute_script("document.querySelectorAll('th button')[1].click()")
        assert screen.execute_script("return document.querySelector('td.number').title") == str(699 / 7)
        screen.execute_script(
            "const f = document.getElementById('filter'); f.value = 'net1'; f.dispatchEvent(new Event('input'))"
        )
        assert screen.execute_script("return document.getElementById('count').textContent") == "233 of 700 rows."
    finally:
        screen.switch_to.default_content()


@needs_browser
def test_links_lead_to_their_category(screen):
    screen.execute_script("app.setView({content: 'rulegraph', navbarMode: 'menu'})")
    until(screen, "return document.querySelector('.prose a[href*=Tables]')")
    screen.execute_script("document.querySelector('.prose a[href*=Tables]').click()")
    assert until(screen, "return app.state.category") == "9 Tables"


@needs_browser
def test_nothing_is_asked_of_others_and_nothing_fails(screen):
    asked = [json.loads(entry["message"])["message"] for entry in screen.get_log("performance")]
    urls = [each["params"]["request"]["url"] for each in asked if each["method"] == "Network.requestWillBeSent"]
    assert [url[:80] for url in urls if not url.startswith(("file:", "data:"))] == []
    assert [entry for entry in screen.get_log("browser") if entry["level"] == "SEVERE"] == []
