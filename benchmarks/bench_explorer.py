"""The explorer of a study of the paper's shape: 5,640 images in 47 classes, 12 networks of 5 layers, two trees a layer.

Images and distances are random, which compresses worse than any real ones. Times of making are the processor's. Frames
are those of a headless Chromium that draws without a GPU, at 1440 x 900, while the matrix is moved in every frame, at
several magnifications; with `--layers 5` the whole takes a minute.
"""

import argparse
import resource
import shutil
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
from scipy.spatial.distance import pdist

from harness import N_CLASSES, N_IMAGES
from texalign.clusters.ward import cut_all, ward_linkage
from texalign.explorer import contents, page
from texalign.explorer.layers import Tree, layer_part
from texalign.explorer.parts import write_part
from texalign.explorer.pictures import pictures_part
from texalign.images.index import ImageIndex, ImageRecord

MAGNIFICATIONS = (1, 2, 4, 8, 32, 128)
PAN = """
const [magnification, frames, done] = arguments;
matrix.whole();
matrix.scaleBy(magnification);
const times = [];
function step(now) {
  times.push(now);
  const turn = times.length / 40;
  matrix.moveBy(24 * Math.cos(turn), 24 * Math.sin(turn));
  if (times.length <= frames) requestAnimationFrame(step); else done(times);
}
requestAnimationFrame(step);
"""


def make(folder: Path, n_layers: int) -> Path:
    """Write all parts and the page below `folder`, and print what that takes; the page."""
    rng = np.random.default_rng(0)
    classes = np.arange(N_IMAGES) * N_CLASSES // N_IMAGES
    index = ImageIndex(
        tuple(
            ImageRecord(f"class_{code:02}/{i:05}.jpg", f"class_{code:02}", int(code), "", 224, 224, "RGB")
            for i, code in enumerate(classes)
        )
    )
    parts = {"images": folder / "explorer/images.js"}
    begun = time.process_time()
    images = (np.repeat(np.repeat(rng.integers(0, 256, (28, 28, 3), np.uint8), 8, 0), 8, 1) for _ in range(N_IMAGES))
    write_part(parts["images"], "images", pictures_part(images, 224))
    print(f"thumbnails: {time.process_time() - begun:.1f} s, {megabytes(parts['images']):.1f} MB")
    networks = {f"network{i // 5 + 1:02}": {f"L{j}": f"layer.{j}" for j in range(1, 6)} for i in range(0, n_layers, 5)}
    seconds = []
    tree = None
    for network, layers in networks.items():
        for layer in layers:
            points = rng.normal(size=(N_CLASSES, 30))[classes] + 0.9 * rng.normal(size=(N_IMAGES, 30))
            condensed = pdist(points, "cosine").astype(np.float32)
            if tree is None:
                links = ward_linkage(np.sqrt(condensed))
                tree = Tree.of(links, cut_all(links, N_CLASSES)[-1])
            key = f"gram/{network}/{layer}"
            parts[key] = folder / f"explorer/{key}.js"
            begun = time.process_time()
            write_part(parts[key], key, layer_part(condensed, {"unit": tree, "raw": tree}))
            seconds.append(time.process_time() - begun)
    size = sum(megabytes(part) for part in parts.values())
    print(f"a layer: {statistics.median(seconds):.1f} s, {megabytes(parts[key]):.1f} MB; {len(seconds)} layers")
    known = {
        "study": "random",
        "representations": ["gram"],
        **contents.labels("cosine", ["unit", "raw"]),
        "images": contents.images(index),
        "networks": contents.networks(networks, dict.fromkeys(networks, "AlexNet")),
        **{"information": [], "scores": [], "correlations": [], "maps": {}, "people": []},
    }
    begun = time.process_time()
    page.write_page(folder / "explorer.html", known, parts)
    print(
        f"the page: {time.process_time() - begun:.1f} s, {megabytes(folder / 'explorer.html'):.2f} MB; "
        f"parts {size:.0f} MB"
    )
    print(f"peak memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3:.0f} MB")
    return folder / "explorer.html"


def megabytes(path: Path) -> float:
    return path.stat().st_size / 1e6


def wait(driver) -> None:
    while driver.execute_script("return document.body.dataset.ready") != "true":
        time.sleep(0.005)


def browse(file: Path) -> None:
    """Open the page in Chromium, choose layers and orders, move about, and print how long that takes."""
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"):
        options.add_argument(argument)
    options.binary_location = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))
    driver = webdriver.Chrome(options, webdriver.ChromeService(shutil.which("chromedriver")))
    driver.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride", {"width": 1440, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    )
    driver.set_script_timeout(120)
    for what, script in {
        "open": None,
        "another layer": "choose({layer: 'L2'})",
        "by dendrogram": "choose({order: 'tree'})",
        "by class": "choose({order: 'class'})",
        "the first layer again": "choose({layer: 'L5'})",
    }.items():
        begun = time.perf_counter()
        if script is None:
            driver.get(file.as_uri())
        else:
            driver.execute_script(script)
        wait(driver)
        print(f"{what}: {time.perf_counter() - begun:.2f} s")
    driver.execute_script("choose({order: 'tree'})")
    wait(driver)
    for magnification in MAGNIFICATIONS:
        times = driver.execute_async_script(PAN, magnification, 300)
        steps = np.diff(times)
        print(
            f"x{magnification}: {1000 * len(steps) / (times[-1] - times[0]):.1f} frames/s, "
            f"95% of them within {np.percentile(steps, 95):.1f} ms, longest {steps.max():.1f} ms"
        )
    heap = driver.execute_cdp_cmd("Runtime.getHeapUsage", {})
    print(f"memory of the page's programs: {(heap['usedSize'] + heap.get('backingStorageSize', 0)) / 1e6:.0f} MB")
    driver.quit()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--layers", type=int, default=60, help="five a network")
    parser.add_argument("--folder", type=Path, help="where the page is made and stays; by default it is removed")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        browse(make(arguments.folder or Path(temporary), arguments.layers))


if __name__ == "__main__":
    main()
