"""The oddity task: its trials, its page in a real browser, and what it saves."""

import json
import time
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from browser import Session, needs_browser, opened
from support import PROJECT
from texalign.images.index import ImageIndex, index_images
from texalign.images.textures import generate_texture
from texalign.perception import oddity, readers

SIZE, CROP = 64, 28
TEMPLATE = PROJECT / "workflow/scripts/texalign/perception/oddity.html"
PAIRS = [
    oddity.Pair(texture, model, "seed0", f"{texture}/original", f"{texture}/{model}", SIZE)
    for texture in ("dotted", "woven")
    for model in ("near", "far")
]


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Originals and syntheses, which are other textures altogether."""
    folder = tmp_path_factory.mktemp("images")
    found = {}
    for number, key in enumerate([*dict.fromkeys(pair.original for pair in PAIRS), *(p.synthesis for p in PAIRS)]):
        found[key] = folder / f"{number}.png"
        Image.fromarray(generate_texture("grid", number, 0, SIZE)).save(found[key])
    return found


# --------------------------------------------------------------------------------------------------------------- plans


def test_sources_and_places_are_balanced_and_crops_apart():
    trials = oddity.plan_trials(PAIRS, CROP, 12, 0)
    assert [trial.number for trial in trials] == list(range(1, 49))
    for pair in PAIRS:
        own = [trial for trial in trials if (trial.texture, trial.model) == (pair.texture, pair.model)]
        assert set(Counter((trial.odd_source, trial.odd) for trial in own).values()) == {2}
        for trial in own:
            odd = trial.crops[trial.odd]
            others = [crop for place, crop in enumerate(trial.crops) if place != trial.odd]
            assert odd.image == getattr(pair, trial.odd_source)
            assert len({crop.image for crop in others} | {odd.image}) == 2
            first, second = others
            assert max(abs(first.x - second.x), abs(first.y - second.y)) >= CROP
            assert all(0 <= end <= SIZE - CROP for crop in trial.crops for end in (crop.x, crop.y))


def test_plans_follow_the_seed():
    assert oddity.plan_trials(PAIRS, CROP, 5, 0) == oddity.plan_trials(PAIRS, CROP, 5, 0)
    assert oddity.plan_trials(PAIRS, CROP, 5, 0) != oddity.plan_trials(PAIRS, CROP, 5, 1)


def test_plans_that_cannot_be_are_refused():
    with pytest.raises(ValueError, match="crops of 40 pixels of images of 64; give 8 to 32"):
        oddity.plan_trials(PAIRS, 40, 1, 0)
    with pytest.raises(ValueError, match="no syntheses to show"):
        oddity.plan_trials([], CROP, 1, 0)


def test_crops_are_a_studys_images(tmp_path: Path, images: dict[str, Path]):
    trials = oddity.plan_trials(PAIRS, CROP, 6, 0)
    oddity.write_crops(tmp_path / "images", trials, images, CROP)
    index = index_images(tmp_path / "images")
    assert index.class_names == ("dotted", "woven")
    crop = trials[3].crops[1]
    pixels = np.asarray(Image.open(images[crop.image]))[crop.y : crop.y + CROP, crop.x : crop.x + CROP]
    np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / "images" / crop.name)), pixels)


# ---------------------------------------------------------------------------------------------------------------- page


def settings(**other: object) -> dict[str, object]:
    return {"study": "test", "seed": 0, "crop": CROP, "presentation": "together", "seconds": 0, **other}


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory, images: dict[str, Path]) -> Path:
    file = tmp_path_factory.mktemp("page") / "oddity.html"
    oddity.write_page(file, TEMPLATE, oddity.plan_trials(PAIRS, CROP, 12, 0), images, settings())
    return file


def test_page_needs_nothing_else(page: Path):
    text = page.read_text()
    assert "http" not in text.replace("http://www.w3.org", "")
    assert text.count("</script>") == 1


def test_a_template_without_a_place_for_trials_is_refused(tmp_path: Path):
    (tmp_path / "page.html").write_text("<html></html>")
    with pytest.raises(ValueError, match=r"page\.html: has no single"):
        oddity.write_page(tmp_path / "a.html", tmp_path / "page.html", [], {}, settings())


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    yield from opened(tmp_path_factory.mktemp("downloads"))


def session(browser: Session, page: Path, observer: str, choose) -> list[dict[str, str]]:
    """A whole session: judgements of an observer whose `choose` says which key to press."""
    browser.begin(page, observer)
    for _ in range(len(PAIRS) * 12):
        browser.press(choose())
    browser.wait(lambda: browser.shown("end"))
    return oddity.read_judgements(browser.save())


@needs_browser
def test_a_robot_that_answers_at_random_is_right_in_a_third(browser: Session, page: Path):
    rng = np.random.default_rng(7)
    rows = session(browser, page, "random", lambda: str(rng.integers(1, 4)))
    assert len(rows) == 48
    scores = oddity.oddity_scores([{**row, "model": "both"} for row in rows])
    together = next(score for score in scores if score.observer == "all")
    assert together.low < 1 / 3 < together.high
    assert together.n_trials == 48


@needs_browser
def test_a_robot_that_sees_all_is_always_right(browser: Session, page: Path, images: dict[str, Path]):
    """It compares the pixels on the screen with all crops of all images."""
    sources = {
        np.asarray(Image.open(images[key]))[y : y + CROP, x : x + CROP].tobytes(): key.endswith("original")
        for key in images
        for y in range(SIZE - CROP + 1)
        for x in range(SIZE - CROP + 1)
    }

    def choose() -> str:
        original = [sources[picture.tobytes()] for picture in browser.pictures()]
        odd = sum(original) == 1
        return str(original.index(odd) + 1)

    rows = session(browser, page, "all-seeing", choose)
    scores = oddity.oddity_scores(rows)
    assert {score.model for score in scores} == {"near", "far"}
    assert all(score.proportion == 1 and score.high == 1 and score.p < 1e-9 for score in scores)


@needs_browser
def test_judgements_come_back_as_triplets_of_the_crops(browser: Session, page: Path, images: dict[str, Path], tmp_path):
    rows = session(browser, page, "triplets", lambda: "2")
    file = next(browser.downloads.glob("*.tsv"))
    trials = oddity.plan_trials(PAIRS, CROP, 12, 0)
    oddity.write_crops(tmp_path / "images", trials, images, CROP)
    index: ImageIndex = index_images(tmp_path / "images")
    found = readers.read_evidence("triplets", file, index)
    assert found.votes.sum() == len(rows) == len(trials)
    assert found.coverage.without_image == ()
    # Orders differ between observers, and are the same for one whenever the page is opened.
    own = [row["trial"] for row in rows]
    assert sorted(own, key=int) == [str(trial.number) for trial in trials] != own
    order = "return shuffled(48, generator(`0:${arguments[0]}`)).map(i => String(i + 1))"
    assert browser.driver.execute_script(order, "triplets") == own != browser.driver.execute_script(order, "other")


@needs_browser
def test_a_session_goes_on_where_it_stopped(browser: Session, page: Path):
    browser.begin(page, "interrupted")
    for _ in range(3):
        browser.press("1")
    browser.begin(page, "interrupted")
    assert browser.driver.find_element("id", "progress").text == "4 of 48"


@needs_browser
def test_on_a_phone_all_three_are_seen_and_can_be_tapped(browser: Session, page: Path):
    metrics = {"width": 390, "height": 844, "deviceScaleFactor": 3, "mobile": True}
    browser.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    try:
        browser.begin(page, "phone")
        boxes = browser.driver.execute_script(
            "return [...document.querySelectorAll('.interval canvas')].map(c => c.getBoundingClientRect().toJSON())"
        )
        assert all(box["left"] >= 0 and box["right"] <= 390 and box["bottom"] <= 844 for box in boxes)
        assert all(box["width"] == pytest.approx(box["height"], abs=1) and box["width"] > 100 for box in boxes)
        assert all(lower["top"] >= upper["bottom"] for upper, lower in pairwise(boxes))
        browser.driver.find_elements("class name", "interval")[2].click()
        browser.wait(lambda: browser.driver.find_element("id", "progress").text == "2 of 48")
    finally:
        browser.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


@needs_browser
def test_intervals_in_turn_are_answered_only_when_all_were_seen(
    browser: Session, images: dict[str, Path], tmp_path: Path
):
    file = tmp_path / "turn.html"
    trials = oddity.plan_trials(PAIRS, CROP, 1, 0)
    oddity.write_page(file, TEMPLATE, trials, images, settings(presentation="in_turn", seconds=0.3))
    browser.begin(file, "patient")
    seen: list[tuple[bool, ...]] = []
    script = "return [...document.querySelectorAll('.interval')].map(i => !i.classList.contains('blank'))"
    browser.press("1")
    assert browser.driver.find_element("id", "progress").text == "1 of 4"
    end = time.monotonic() + 2.5
    while time.monotonic() < end:
        state = tuple(browser.driver.execute_script(script))
        if not seen or seen[-1] != state:
            seen.append(state)
    shown = [state for state in seen if any(state)]
    assert all(sum(state) == 1 for state in shown)
    assert [state.index(True) for state in shown] == sorted(state.index(True) for state in shown)
    browser.press("1")
    browser.wait(lambda: browser.driver.find_element("id", "progress").text == "2 of 4")


# -------------------------------------------------------------------------------------------------------------- scores


def test_scores_are_by_observer_and_model_and_of_all():
    rows = [
        {"observer": observer, "model": model, "correct": str(int(number < right))}
        for observer, model, right in (("a", "x", 6), ("a", "y", 2), ("b", "x", 5))
        for number in range(6)
    ]
    found = {(score.observer, score.model): score for score in oddity.oddity_scores(rows)}
    assert list(found) == [("a", "x"), ("a", "y"), ("b", "x"), ("all", "x"), ("all", "y")]
    assert (found["all", "x"].n_trials, found["all", "x"].n_correct) == (12, 11)
    assert found["a", "x"].p == pytest.approx(3.0**-6)
    # Clopper and Pearson's interval of 2 in 6, as tabled.
    assert (found["a", "y"].low, found["a", "y"].high) == pytest.approx((0.0433, 0.7772), abs=1e-4)


def test_files_that_the_page_did_not_save_are_refused(tmp_path: Path):
    file = tmp_path / "a.tsv"
    file.write_text("image_1\timage_2\na\tb\n")
    with pytest.raises(ValueError, match=r"has no column image_3.*not a file that the oddity page saved"):
        oddity.read_judgements(file)
    row = dict.fromkeys(oddity.JUDGEMENT_COLUMNS, "x") | {"correct": "0"}
    file.write_text("\t".join(row) + "\n" + "\t".join(row.values()) + "\n")
    with pytest.raises(ValueError, match="line 2: `correct` is '0', but"):
        oddity.read_judgements(file)


def test_columns_are_those_that_the_page_writes():
    text = TEMPLATE.read_text()
    start = text.index("const COLUMNS = ") + len("const COLUMNS = ")
    assert tuple(json.loads(text[start : text.index(";", start)])) == oddity.JUDGEMENT_COLUMNS
