"""The explorer: what its parts hold, and what its page shows in a real browser."""

import base64
import io
import json
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import numpy as np
import pytest
from PIL import Image
from scipy.cluster.hierarchy import dendrogram, fcluster, linkage
from scipy.spatial.distance import pdist, squareform

from support import PROJECT
from texalign.artifacts import seals
from texalign.artifacts.lineage import Lineages
from texalign.artifacts.matrices import read_cluster_labels, read_rdm, write_clusters, write_rdm
from texalign.clusters.ward import cut_all
from texalign.explorer import contents, page
from texalign.explorer.coding import UNDEFINED, coded
from texalign.explorer.layers import Tree, layer_part, neighbours_part
from texalign.explorer.nearest import nearest
from texalign.explorer.parts import as_json, read_part, write_part
from texalign.explorer.people import human_neighbours
from texalign.explorer.pictures import pictures_part, sheets
from texalign.figures import looks
from texalign.images.index import ImageIndex, ImageRecord
from texalign.perception.evidence import HumanRdms
from texalign.perception.matching import Coverage

CLASSES = ("banded", "dotted", "woven & <b>")
PER_CLASS, SIZE = 43, 32
N = len(CLASSES) * PER_CLASS
NETWORKS = {"near": {"L1": "first", "L2": "second"}, "far": {"L1": "first"}}


def decoded(text: str, dtype: str) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), dtype)


# --------------------------------------------------------------------------------------------------------------- parts


@pytest.mark.parametrize("spread", [lambda x: x, lambda x: np.exp(4 * x)], ids=["even", "skewed"])
def test_codes_hold_their_values(spread: Callable):
    values = spread(np.random.default_rng(0).normal(size=20_000)).astype(np.float32)
    found = coded(values)
    assert found.codes.dtype == np.uint8
    assert len(found.edges) <= 255
    low, high = found.edges[found.codes], found.edges[found.codes + 1]
    assert (low <= values).all()
    assert (values <= high).all()
    assert (high - low).max() <= np.ptp(values) / 127 * (1 + 1e-6)
    np.testing.assert_allclose(found.limits, np.percentile(values, (1, 99)), rtol=1e-6)


def test_undefined_and_equal_dissimilarities_have_codes_too():
    found = coded(np.array([0.5, np.nan, 0.25], np.float32))
    assert found.codes[1] == UNDEFINED
    assert found.codes[2] < found.codes[0] < UNDEFINED
    equal = coded(np.full(3, 2, np.float32))
    assert equal.edges.tolist() == [2, 2]
    assert equal.codes.tolist() == [0, 0, 0]
    with pytest.raises(ValueError, match="no dissimilarity is finite"):
        coded(np.full(3, np.nan, np.float32))


def test_nearest_are_those_of_a_plain_sort():
    # Few different values, so that many are equally near.
    square = squareform(np.random.default_rng(1).integers(1, 5, 30 * 29 // 2).astype(float))
    found = nearest(square, 7)
    for i in range(30):
        plain = sorted((square[i, j], j) for j in range(30) if j != i)[:7]
        assert found.images[i].tolist() == [j for _, j in plain]
        assert found.distances[i].tolist() == [distance for distance, _ in plain]


def test_an_image_without_distances_has_no_neighbours():
    square = squareform(np.arange(1.0, 7))
    square[2, :] = square[:, 2] = np.nan
    found = nearest(square, 3)
    assert found.images[2].tolist() == [-1, -1, -1]
    assert found.images[0].tolist() == [1, 3, -1]


def test_neighbours_in_people_are_in_the_mean_over_who_judged():
    dissimilarities = np.array([[1, 5, np.nan], [3, np.nan, np.nan]], np.float32)  # of images 1, 4, 6 of 8
    evidence = HumanRdms.__new__(HumanRdms)
    for name, value in {
        "rows": np.array([1, 4, 6]),
        "observers": ("a", "b"),
        "dissimilarities": dissimilarities,
    }.items():
        object.__setattr__(evidence, name, value)
    found = human_neighbours(evidence, 8)
    assert found.images[1].tolist() == [4, 6]
    assert found.distances[1].tolist() == [2, 5]
    assert found.images[4].tolist() == [1, -1]
    assert (found.images[[0, 2, 3, 5, 7]] == -1).all()


def test_sheets_hold_all_images_in_their_order():
    images = [np.full((SIZE, SIZE, 3), number, np.uint8) for number in range(0, 230, 2)]
    found = list(sheets(images, 16))
    assert len(found) == 2
    for number in (0, 9, 10, 99, 114):
        sheet = np.asarray(Image.open(io.BytesIO(found[number // 100])).convert("RGB"))
        row, column = divmod(number % 100, 10)
        assert abs(int(sheet[row * 16 + 8, column * 16 + 8, 0]) - 2 * number) <= 2
    assert pictures_part(images[:3], SIZE)["edge"] == SIZE


def test_a_trees_clusters_lie_side_by_side():
    vectors = np.random.default_rng(2).normal(size=(40, 3))
    links = linkage(vectors, "ward")
    tree = Tree.of(links, cut_all(links, 6)[-1])
    assert sorted(tree.order) == list(range(40))
    along = tree.clusters[tree.order]
    assert np.sum(along[1:] != along[:-1]) == 5


def test_what_is_said_of_a_layer_is_its_rdm(tmp_path: Path):
    condensed = pdist(np.random.default_rng(3).normal(size=(25, 4))).astype(np.float32)
    part = layer_part(condensed, {})
    codes, edges = decoded(part["codes"], "u1"), np.array(part["edges"])
    assert (edges[codes] <= condensed).all()
    assert (condensed <= edges[codes + 1]).all()
    images = decoded(part["neighbours"]["images"], "<i4").reshape(25, 10)
    square = squareform(condensed)
    np.testing.assert_array_equal(images, [np.argsort(row, kind="stable")[1:11] for row in square])


def test_parts_cannot_end_their_script(tmp_path: Path):
    path = tmp_path / "a.js"
    write_part(path, "a", {"text": "</script><!--"}, lineage="0" * 32)
    text = read_part(path, lineage="0" * 32)
    assert "<" not in text
    assert json.loads(as_json({"text": "</script>"})) == {"text": "</script>"}
    with pytest.raises(ValueError, match="of another study"):
        read_part(path, lineage="1" * 32)
    path.write_text("alert(1)")
    with pytest.raises(ValueError, match="damaged"):
        read_part(path, lineage="0" * 32)


def test_the_page_is_sealed_by_what_it_was_told(tmp_path: Path):
    lineages = Lineages({str(tmp_path / "explorer.html"): "0" * 32})
    page.write_page(lineages.told(tmp_path / "explorer.html"), {}, {})
    seals.check(tmp_path / "explorer.html", "0" * 32)


# ---------------------------------------------------------------------------------------------------------------- page


@dataclass(frozen=True)
class Made:
    """A study's explorer, as one page and as a page that loads its parts, and the artifacts that it is made from."""

    folder: Path
    index: ImageIndex

    def rdm(self, layer: str) -> np.ndarray:
        return squareform(read_rdm(self.folder / f"{layer.replace('/', '.')}.h5", "cosine"))

    def clusters(self, layer: str, protocol: str) -> np.ndarray:
        return read_cluster_labels(self.folder / f"{layer.replace('/', '.')}.{protocol}.h5")[-1]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp("explorer")
    rng = np.random.default_rng(4)
    index = ImageIndex(
        tuple(
            ImageRecord(f"{name}/{name}_{i:03}.png", name, code, "", SIZE, SIZE, "RGB")
            for code, name in enumerate(CLASSES)
            for i in range(PER_CLASS)
        )
    )
    parts = {"images": folder / "explorer/images.js"}
    pixels = rng.integers(0, 256, (N, SIZE, SIZE, 3), np.uint8)
    write_part(parts["images"], "images", pictures_part(pixels, SIZE))
    centres = rng.normal(size=(3, 6))[index.class_indices]
    for network, layers in NETWORKS.items():
        for layer in layers:
            name = f"{network}.{layer}"
            condensed = pdist(centres + rng.normal(size=(N, 6)), "cosine").astype(np.float32)
            write_rdm(folder / f"{name}.h5", {"cosine": condensed}, {})
            trees = {}
            for protocol, method in (("unit", "ward"), ("raw", "average")):
                links = linkage(condensed, method)
                labels = cut_all(links, len(CLASSES))
                write_clusters(folder / f"{name}.{protocol}.h5", links, labels, {})
                assert len(set(fcluster(links, 3, "maxclust"))) == len(set(labels[-1]))
                trees[protocol] = Tree.of(links, labels[-1])
            key = f"gram/{network}/{layer}"
            parts[key] = folder / f"explorer/{key}.js"
            write_part(parts[key], key, layer_part(condensed, trees))
    known = study_of(index)
    assert page.write_page(folder / "explorer.html", known, parts)
    assert not page.write_page(folder / "beside.html", known, parts, embedded_bytes=1000)
    bare = known | {"people": [], "scores": [], "correlations": [], "information": [], "maps": {}}
    bare["images"] = known["images"] | {"classes": None, "class_names": []}
    page.write_page(folder / "bare.html", bare, parts)
    return Made(folder, index)


def study_of(index: ImageIndex) -> dict[str, object]:
    layers = [(network, layer) for network, own in NETWORKS.items() for layer in own]
    mi = [
        {
            "representation": "gram",
            "protocol": protocol,
            "model": network,
            "layer": layer,
            "mi_nsb_bits": "0.7",
            "mi_ceiling_bits": "1.5",
        }
        for protocol in ("unit", "raw")
        for network, layer in layers
    ]
    scores = [
        {
            "representation": "gram",
            "protocol": "unit",
            "model": network,
            "layer": layer,
            "benchmark": "V1",
            "criterion": "mi_nsb_bits",
            "value": "0.7",
            "score": score,
            "note": "",
        }
        for network, layer, score in (("near", "L2", "0.2"), ("far", "L1", ""))
    ]
    correlation = {
        "representation": "gram",
        "protocol": "unit",
        "benchmark": "V1",
        "n_models": "1",
        "pearson_r": "",
        "pearson_p": "",
        "pearson_low": "",
        "pearson_high": "",
        "family_p": "",
        "n_families": "1",
        "note": "fewer than 3 pairs (1)",
        "conclusion": "",
    }
    names = [f"{network}/{layer}" for network, layer in layers] + ["classes"]
    rows = [
        {
            "measure": "spearman",
            "first": first,
            "second": second,
            "value": "1" if i == j else str(0.1 * (i + j)),
            "n_images": str(N),
        }
        for i, first in enumerate(names)
        for j, second in enumerate(names)
        if i <= j
    ]
    judged = squareform(np.random.default_rng(5).uniform(1, 2, 10 * 9 // 2))
    evidence = HumanRdms(
        np.arange(0, 50, 5), ("all",), squareform(judged)[None].astype(np.float32), Coverage((), (), ())
    )
    people = {
        "name": "sorting",
        "observers": 1,
        "judged": 10,
        "neighbours": neighbours_part(human_neighbours(evidence, N)),
    }
    return {
        "study": "test",
        "representations": ["gram"],
        **contents.labels("cosine", ["unit", "raw"]),
        "images": contents.images(index),
        "networks": contents.networks(NETWORKS, {"near": "ResNet", "far": "VGG"}),
        "information": contents.information(mi, []),
        "scores": contents.scores(scores),
        "correlations": contents.correlations([correlation]),
        "maps": {"gram": contents.rdm_map(rows)},
        "people": [people, {"name": "odd", "trials": 5}],
    }


def test_a_correlation_comes_with_the_p_that_knows_families():
    """Correction 7 of docs/differences.md: the page has both p-values, and says what the one takes networks for."""
    row = {"representation": "gram", "protocol": "unit", "benchmark": "V1", "note": "", "conclusion": "undecided"}
    numbers = {"pearson_r": "0.5", "pearson_p": "0.04", "pearson_low": "0.1", "pearson_high": "0.8"}
    (found,) = contents.correlations([row | numbers | {"family_p": "0.2", "n_models": "12", "n_families": "5"}])
    assert (found["p"], found["family_p"], found["n"], found["n_families"]) == (0.04, 0.2, 12, 5)
    text = (PROJECT / "workflow/scripts/texalign/explorer/page/plots.js").read_text()
    said = text[text.index("function correlationText") :].split("\n}\n")[0]
    assert said.count("found.p)") == 1
    assert "p = ${number(found.p)}, as if networks were independent${families}" in said


CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
DRIVER = shutil.which("chromedriver")
needs_browser = pytest.mark.skipif(
    not (CHROMIUM and DRIVER), reason="no browser: Debian's chromium and chromium-driver are not installed"
)


class Browser:
    """A browser that notes every request and every message of the console."""

    def __init__(self, driver):
        self.driver = driver

    def open(self, path: Path, **chosen: object) -> None:
        self.driver.get("about:blank")
        self.driver.get_log("browser")
        self.driver.get_log("performance")
        self.driver.get(f"{path.as_uri()}#{urlencode(chosen)}")
        self.ready()

    def ready(self) -> None:
        end = time.monotonic() + 30
        while not self.run("return document.body.dataset.ready === 'true'"):
            assert time.monotonic() < end, self.text("matrix-status")
            time.sleep(0.02)

    def run(self, script: str, *arguments: object):
        return self.driver.execute_script(script, *arguments)

    def text(self, name: str) -> str:
        return self.run("return document.getElementById(arguments[0]).innerText", name)

    def choose(self, name: str, value: str) -> None:
        self.run(
            "const s = document.getElementById(arguments[0]); s.value = arguments[1];"
            "s.dispatchEvent(new Event('change'))",
            name,
            value,
        )
        self.ready()

    def point(self, row: int, column: int, kind: str = "pointermove") -> None:
        """Move the pointer to a cell of the matrix, or click there."""
        self.run(
            "const c = matrix.canvas, b = c.getBoundingClientRect(), [kind, row, column] = arguments;"
            "c.dispatchEvent(new PointerEvent(kind, {bubbles: true, clientX: b.left + matrix.left + (column + .5) * "
            "matrix.cell, clientY: b.top + matrix.top + (row + .5) * matrix.cell}))",
            kind,
            row,
            column,
        )

    def thumbnails(self, selector: str) -> list[int]:
        return self.run(
            "return [...document.querySelectorAll(arguments[0])].map(e => Number(e.dataset.image))",
            f"{selector} .thumbnail",
        )

    def requests(self) -> list[str]:
        messages = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        sent = [m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent"]
        return [url for url in sent if url != "about:blank"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options, webdriver.ChromeService(DRIVER))
    yield Browser(driver)
    driver.quit()


@needs_browser
@pytest.mark.parametrize("name", ["explorer", "beside", "bare"])
def test_explorer_page_opens_without_errors_or_requests_elsewhere(browser: Browser, made: Made, name: str):
    browser.open(made.folder / f"{name}.html")
    for network in NETWORKS:
        browser.choose("network", network)
    assert browser.driver.get_log("browser") == []
    requests = {url.split("#")[0] for url in browser.requests() if not url.startswith(("blob:", "data:"))}
    beside = {f"explorer/{part}.js" for part in ("images", "gram/near/L2", "gram/far/L1")}
    expected = {f"{name}.html"} | (beside if name == "beside" else set())
    assert requests == {(made.folder / file).as_uri() for file in expected}


@needs_browser
def test_a_part_that_is_missing_is_named(browser: Browser, made: Made, tmp_path: Path):
    shutil.copy(made.folder / "beside.html", tmp_path)
    shutil.copytree(made.folder / "explorer", tmp_path / "explorer")
    (tmp_path / "explorer/gram/far/L1.js").unlink()
    browser.open(tmp_path / "beside.html")
    browser.run("document.getElementById('network').value = 'far'; choose({network: 'far'})")
    end = time.monotonic() + 10
    while "explorer/gram/far/L1.js cannot be read" not in browser.text("matrix-status"):
        assert time.monotonic() < end
        time.sleep(0.05)


@needs_browser
@pytest.mark.parametrize("order", ["class", "tree"])
@pytest.mark.parametrize("protocol", ["unit", "raw"])
def test_the_two_images_under_the_pointer_are_those_of_the_cell(
    browser: Browser, made: Made, order: str, protocol: str
):
    browser.open(made.folder / "explorer.html", network="near", layer="L1", protocol=protocol, order=order)
    links = linkage(read_rdm(made.folder / "near.L1.h5", "cosine"), "ward" if protocol == "unit" else "average")
    along = range(N) if order == "class" else dendrogram(links, no_plot=True)["leaves"]
    square = made.rdm("near/L1")
    for row, column in ((3, 100), (120, 7), (60, 61)):
        browser.point(row, column)
        images = [along[row], along[column]]
        assert browser.thumbnails("#pair") == images
        text = browser.text("pair")
        for image in images:
            assert made.index.records[image].path.split("/")[1] in text
        low, high = browser.run("return layer.range(arguments[0], arguments[1])", *images)
        assert low <= square[tuple(images)] <= high


@needs_browser
def test_the_pixel_of_a_cell_is_of_its_dissimilarity(browser: Browser, made: Made):
    """Zoomed in far enough that a cell is many pixels wide; the colour map is looked up in Matplotlib."""
    import matplotlib

    browser.open(made.folder / "explorer.html", network="near", layer="L1")
    browser.run("matrix.scaleBy(20)")
    time.sleep(0.2)
    row, column, red, green, blue = browser.run(
        "const row = Math.ceil(-matrix.top / matrix.cell) + 1;"
        "const column = Math.ceil((matrix.margin - matrix.left) / matrix.cell) + 3;"
        "const p = matrix.context.getImageData(matrix.ratio * (matrix.left + (column + .5) * matrix.cell),"
        "matrix.ratio * (matrix.top + (row + .5) * matrix.cell), 1, 1).data; return [row, column, p[0], p[1], p[2]]"
    )
    condensed = read_rdm(made.folder / "near.L1.h5", "cosine")
    low, high = np.percentile(condensed, (1, 99))
    shade = np.clip((squareform(condensed)[row, column] - low) / (high - low), 0, 1)
    expected = np.array(matplotlib.colormaps["viridis"](shade)[:3]) * 255
    assert np.abs(expected - [red, green, blue]).max() <= 6


@needs_browser
def test_neighbours_are_those_of_the_rdm_and_of_people(browser: Browser, made: Made):
    browser.open(made.folder / "explorer.html", network="far", image=20)
    square = made.rdm("far/L1")
    of_network, of_people = (browser.thumbnails(f"#neighbours .neighbours:nth-of-type({place})") for place in (2, 3))
    assert of_network == [j for _, j in sorted((square[20, j], j) for j in range(N) if j != 20)[:10]]
    judged = squareform(np.random.default_rng(5).uniform(1, 2, 45))
    assert of_people == [5 * j for _, j in sorted((judged[4, j], j) for j in range(10) if j != 4)]
    assert "In odd people chose among 5 triplets" in browser.text("neighbours")
    browser.point(77, 3, "click")
    browser.ready()
    assert (
        browser.thumbnails("#neighbours .neighbours:nth-of-type(2)")
        == np.argsort(np.where(np.arange(N) == 77, np.inf, square[77]), kind="stable")[:10].tolist()
    )
    assert "In sorting people did not judge this image" in browser.text("neighbours")


@needs_browser
@pytest.mark.parametrize("protocol", ["unit", "raw"])
def test_members_and_confusions_are_those_of_the_clusters(browser: Browser, made: Made, protocol: str):
    browser.open(made.folder / "explorer.html", network="near", layer="L2", protocol=protocol)
    clusters, classes = made.clusters("near/L2", protocol), made.index.class_indices
    for cluster in range(len(CLASSES)):
        browser.choose("cluster", str(cluster))
        browser.run("document.querySelectorAll('#groups .gallery > button:not(.thumbnail)').forEach(b => b.click())")
        assert sorted(browser.thumbnails("#cluster-members")) == np.flatnonzero(clusters == cluster).tolist()
    for code in range(len(CLASSES)):
        browser.choose("class", str(code))
        browser.run("document.querySelectorAll('#groups .gallery > button:not(.thumbnail)').forEach(b => b.click())")
        holding = np.isin(clusters, clusters[classes == code])
        confused = np.flatnonzero(holding & (classes != code)).tolist()
        assert sorted(browser.thumbnails("#class-confusions .confused")) == confused
        own = browser.thumbnails("#class-confusions .gallery:not(.confused)")
        assert sorted(own) == np.flatnonzero(classes == code).tolist()


@needs_browser
def test_plots_and_choices_are_linked_by_network(browser: Browser, made: Made):
    browser.open(made.folder / "explorer.html", network="near", layer="L2")
    chosen = "return [...document.querySelectorAll('#plots .network[opacity=\"1\"]')].map(e => e.dataset.network)"
    assert browser.run(chosen) == ["near"] * 3
    mark = "document.querySelector('#map-plot [data-network=far] .mark').dispatchEvent(new Event('click'))"
    browser.run(mark)
    browser.ready()
    assert browser.run(chosen) == ["far"] * 3
    assert browser.run("return [state.network, state.layer, document.getElementById('network').value]") == [
        "far",
        "L1",
        "far",
    ]
    assert "network=far" in browser.run("return location.hash")
    assert "fewer than 3 pairs (1)" in browser.text("score-plot")
    assert "1 of 2 networks have no score" in browser.text("score-plot")


@needs_browser
def test_the_page_knows_all_markers_and_lines_of_the_figures(browser: Browser, made: Made):
    browser.open(made.folder / "explorer.html")
    known = browser.run("return [Object.keys(MARKERS), Object.keys(DASHES)]")
    styles = looks.network_styles({f"network{i}": f"family{i % 9}" for i in range(60)}).values()
    assert {style.marker for style in styles} <= set(known[0])
    lengths = browser.run(
        "return Object.keys(MARKERS).map(m => {"
        "const p = document.createElementNS('http://www.w3.org/2000/svg', 'path');"
        "p.setAttribute('d', symbol(m, 100).path); return p.getTotalLength(); })"
    )
    assert all(30 < length < 80 for length in lengths)
    assert {style.line_style for style in styles} <= set(known[1])


@needs_browser
def test_what_a_study_lacks_is_said(browser: Browser, made: Made):
    browser.open(made.folder / "bare.html")
    assert "no class labels" in browser.text("information-plot")
    assert "no Brain-Scores" in browser.text("score-plot")
    assert "There is no map" in browser.text("map-plot")
    assert "no judgements of people" in browser.text("neighbours")
    assert "not cut" in browser.text("cluster-members")
    assert browser.run("return [matrix.pyramid.layer.n, matrix.blocks, state.order]") == [N, [], "tree"]


@needs_browser
@pytest.mark.parametrize("size", [(1440, 900), (1920, 1080), (390, 844)])
def test_nothing_is_cut_off(browser: Browser, made: Made, size: tuple[int, int]):
    width, height = size
    metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
    browser.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    try:
        browser.open(made.folder / "explorer.html")
        browser.point(3, 100)
        assert browser.run("return document.documentElement.scrollWidth") <= width
        boxes = browser.run(
            "return [...document.querySelectorAll('canvas, svg, select, .thumbnail, h2, p')].map(e => "
            "[e.id || e.tagName, e.getBoundingClientRect().left, e.getBoundingClientRect().right])"
        )
        assert [box for box in boxes if box[1] < 0 or box[2] > width] == []
        bottom = browser.run("return document.getElementById('matrix').getBoundingClientRect().bottom")
        assert bottom <= height
    finally:
        browser.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
