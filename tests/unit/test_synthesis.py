"""Texture synthesis: L-BFGS with restarts and checkpoints, and the programs."""

import math
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from support import DATA, PROJECT, needs_data
from texalign.artifacts.tap import numbered_taps
from texalign.networks.preprocessing import Normalization
from texalign.networks.sources import Architecture
from texalign.networks.taps import TappedNetwork
from texalign.networks.weights import load_weights, read_state_dict
from texalign.representations import registry
from texalign.synthesis import optimise, runs
from texalign.synthesis.judgements import read_judgements
from texalign.synthesis.loss import ImageMaps, TextureLoss
from texalign.synthesis.pixels import eight_bit, load_exemplar, mid_grey, parametrization, read_image, save_image
from texalign.synthesis.results import read_result, read_trace
from texalign.synthesis.runs import Checkpoint, Run, code_digest
from texalign.synthesis.synthesize import SynthesisSettings, synthesize
from toy_syntheses import NORMALIZATION, SIZE, random_image, texture, toy_loss, toy_maps, toy_network

SCRIPTS = PROJECT / "workflow" / "scripts"
GRAM = registry.get("gram")


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """The images are too small to be worth a second thread, which only waits where other work keeps the cores busy."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


# -------------------------------------------------------------------------------------------------------- optimisation

PIXELS = parametrization("sigmoid", NORMALIZATION)


def minimize(loss: Callable[[Tensor], Tensor], evaluations: int, seed: int = 0, **options: object) -> Run:
    start = PIXELS.noise(seed, (1, 3, SIZE, SIZE))
    stopping = optimise.Stopping(evaluations, options.pop("tolerance", 0.0))
    return optimise.minimize(loss, PIXELS, start, 1.0, stopping, **options)


def test_loss_falls_far_and_the_best_image_is_kept() -> None:
    loss = toy_loss()
    run = minimize(loss, 150)
    assert len(run.trace) == 150
    assert run.stopped == "evaluations"
    assert run.best_loss == min(run.trace) < 1e-3 * run.trace[0]
    assert float(loss(PIXELS.pixels(run.best))) == pytest.approx(run.best_loss, rel=1e-4)


@pytest.mark.parametrize("name", ["projected", "published"])
def test_other_parametrisations_lower_the_loss_too(name: str) -> None:
    loss = toy_loss()
    pixels = parametrization(name, NORMALIZATION)
    start = pixels.noise(0, (1, 3, SIZE, SIZE)).to(memory_format=torch.channels_last)
    run = optimise.minimize(loss, pixels, start, 1.0, optimise.Stopping(100))
    assert run.best_loss < 0.02 * run.trace[0]


def test_same_seed_same_trace() -> None:
    loss = toy_loss()
    assert minimize(loss, 60).trace == minimize(loss, 60).trace
    assert minimize(loss, 60, seed=1).trace != minimize(loss, 60).trace


def test_units_of_the_loss_do_not_matter() -> None:
    # torch's L-BFGS alone stops learning where losses are as small as this.
    loss = toy_loss()
    start = PIXELS.noise(0, (1, 3, SIZE, SIZE))
    tiny = optimise.minimize(lambda image: 1e-12 * loss(image), PIXELS, start, 1e-12, optimise.Stopping(100))
    assert tiny.best_loss < 1e-2 * tiny.trace[0]


def test_tolerance_stops_early() -> None:
    run = minimize(toy_loss(), 5000, tolerance=0.5)
    assert run.stopped == "tolerance"
    assert len(run.trace) < 5000


@pytest.mark.parametrize(("evaluations", "tolerance"), [(0, 0.0), (10, 1.0), (10, -0.1)])
def test_stopping_that_makes_no_sense_is_refused(evaluations: int, tolerance: float) -> None:
    with pytest.raises(ValueError, match=r"evaluations|tolerance"):
        optimise.Stopping(evaluations, tolerance)


class FaultyLoss:
    """The toy loss with a factor at some evaluations, counted from 1."""

    def __init__(self, factor: float, faulty: range):
        self.loss, self.factor, self.faulty, self.count = toy_loss(), factor, faulty, 0

    def __call__(self, image: Tensor) -> Tensor:
        self.count += 1
        return self.loss(image) * (self.factor if self.count in self.faulty else 1)


@pytest.mark.parametrize(
    ("factor", "faulty", "reason"),
    [
        (math.nan, range(30, 31), "not finite"),
        (math.inf, range(30, 31), "not finite"),
        (1e6, range(40, 110), "exploded"),
    ],
)
def test_trouble_has_the_run_start_anew_from_the_best_image(factor: float, faulty: range, reason: str) -> None:
    run = minimize(FaultyLoss(factor, faulty), 400)
    assert reason in run.restarts[0].reason
    assert faulty.start <= run.restarts[0].evaluation <= faulty.stop
    best_before = np.nanmin(run.trace[: run.restarts[0].evaluation])
    assert run.trace[run.restarts[0].evaluation] <= best_before * (1 + 1e-5) or len(run.restarts) > 1
    assert run.best_loss < 0.1 * best_before


def test_a_stalled_run_ends_after_its_restarts() -> None:
    run = minimize(lambda image: image.sum() * 0 + 1, 1000)
    assert "no better image" in run.stopped
    assert [("stalled" in restart.reason) for restart in run.restarts] == [True] * optimise.FRUITLESS_RESTARTS
    assert len(run.trace) < 10


def test_a_run_at_loss_zero_ends() -> None:
    assert minimize(lambda image: (image * 0).sum(), 1000).stopped == "loss 0"


def test_a_loss_that_is_never_finite_is_an_error() -> None:
    with pytest.raises(ValueError, match="start image"):
        minimize(lambda image: image.sum() * math.nan, 10)


class Killed(Exception):
    pass


def test_an_interrupted_run_goes_on_as_if_it_had_not_been(tmp_path: Path) -> None:
    whole = minimize(toy_loss(), 400)
    checkpoint = Checkpoint(tmp_path / "checkpoint", "settings", "code", seconds=0)
    loss = toy_loss()
    for evaluations in (130, 170):
        remaining = iter(range(evaluations))

        def dying(image: Tensor, remaining: Iterator[int] = remaining) -> Tensor:
            if next(remaining, None) is None:
                raise Killed
            return loss(image)

        with pytest.raises(Killed):
            minimize(dying, 400, checkpoint=checkpoint)
    resumed = minimize(loss, 400, checkpoint=checkpoint)
    assert resumed.resumed == 2
    assert resumed.trace == whole.trace
    assert torch.equal(resumed.best, whole.best)


def test_a_checkpoint_of_other_settings_or_damaged_is_not_used(tmp_path: Path) -> None:
    checkpoint = Checkpoint(tmp_path / "checkpoint", "settings", "code", seconds=0)
    minimize(toy_loss(), 120, checkpoint=checkpoint)
    assert checkpoint.load() is not None
    assert Checkpoint(checkpoint.path, "other settings", "code").load() is None
    checkpoint.path.write_bytes(checkpoint.path.read_bytes()[:1000])
    assert checkpoint.load() is None
    checkpoint.remove()
    assert list(tmp_path.iterdir()) == []


def test_a_checkpoint_of_other_code_is_not_used_whatever_it_holds(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    checkpoint = Checkpoint(tmp_path / "checkpoint", "settings", "code", seconds=0)
    # As another version would have left it: fields that this one does not know, and no word of the code.
    torch.save({"settings": "settings", "unknown": 1, "restarts": []}, checkpoint.path)
    assert checkpoint.load() is None
    assert "was made with other code: starting anew" in caplog.text
    torch.save([1, 2], checkpoint.path)
    assert checkpoint.load() is None
    minimize(toy_loss(), 120, checkpoint=checkpoint)
    assert Checkpoint(checkpoint.path, "settings", "other code").load() is None
    assert checkpoint.load() is not None


def test_the_code_of_a_run_is_the_librarys_and_the_networks_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = code_digest(toy_network().network)
    assert code_digest(toy_network().network) == before
    module = tmp_path / "my_layers.py"
    monkeypatch.syspath_prepend(tmp_path)
    digests = set()
    for line in ("x", "2 * x"):
        module.write_text(
            f"from torch import nn\nclass Mine(nn.Module):\n    def forward(self, x):\n        return {line}\n"
        )
        sys.modules.pop("my_layers", None)
        import my_layers

        digests.add(code_digest(torch.nn.Sequential(toy_network().network, my_layers.Mine())))
    assert len(digests) == 2
    assert before not in digests
    with monkeypatch.context() as other:
        other.setattr(torch, "__version__", "1.0")
        assert code_digest(toy_network().network) != before


def test_the_code_of_a_run_is_found_where_the_library_lies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = code_digest(toy_network().network)
    copy = tmp_path / "texalign"
    shutil.copytree(SCRIPTS / "texalign", copy)
    monkeypatch.setattr(runs, "__file__", str(copy / "synthesis" / "runs.py"))
    assert code_digest(toy_network().network) == before  # moved
    entry = copy / "representations" / "gram.py"
    entry.write_text(entry.read_text() + "# edited\n")
    assert code_digest(toy_network().network) != before


@pytest.mark.parametrize("name", ["mean", "covariance", "gram_shifted"])
def test_an_image_is_made_by_any_representation(name: str) -> None:
    made = synthesize(toy_maps(), registry.get(name), texture(), SynthesisSettings(evaluations=80))
    assert made.saved.total < 0.05 * made.start.total
    assert made.image.shape == (SIZE, SIZE, 3)
    again = synthesize(toy_maps(), registry.get(name), texture(), SynthesisSettings(evaluations=80))
    assert np.array_equal(again.image, made.image)
    assert again.outcome == made.outcome


# ------------------------------------------------------------------------------------------------------------ programs


def write_inputs(folder: Path) -> None:
    """An exemplar, another one, and weights of the toy network."""
    save_image(folder / "stripes.png", eight_bit(texture(64)))
    save_image(folder / "noise.png", eight_bit(random_image(5, 64)))
    torch.save(toy_network().network.state_dict(), folder / "weights.pth")


NETWORK_FLAGS = [
    *("--architecture", "python:toy_networks:circular", "--weights", "weights.pth", "--layers", "L1=0", "L2=2"),
    *("--mean", "0.5", "0.5", "0.5", "--std", "0.25", "0.25", "0.25", "--exemplar-size", "64"),
]


def command(program: str, *flags: str) -> list[str]:
    return [sys.executable, str(SCRIPTS / f"{program}.py"), *NETWORK_FLAGS, *flags]


def synthesize_command(name: str, *flags: str) -> list[str]:
    outputs = ["--output-image", f"{name}.png", "--output-result", f"{name}.json", "--output-trace", f"{name}.tsv"]
    return command("synthesize", "--model", "toy", "--texture", "stripes", *outputs, *flags)


def run(arguments: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(PROJECT / "tests")}
    return subprocess.run(arguments, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_program_saves_what_it_says(tmp_path: Path) -> None:
    write_inputs(tmp_path)
    flags = ["--exemplar", "stripes.png", "--evaluations", "40", "--parametrization", "published", "--layers", "L1=0"]
    ran = run(synthesize_command("image", *flags), tmp_path)
    assert ran.returncode == 0, ran.stderr
    result = read_result(tmp_path / "image.json")
    assert (result.model, result.texture, result.seed, result.evaluations) == ("toy", "stripes", 0, 40)
    assert set(result.saved.layers) == {"L1"}  # a subset of the layers was asked for
    assert result.settings["history"] == 400
    trace = read_trace(tmp_path / "image.tsv")
    assert len(trace) == 40
    assert result.final.total == pytest.approx(min(trace), rel=1e-4)
    assert result.start.total == pytest.approx(trace[0], rel=1e-4)
    with Image.open(tmp_path / "image.png") as image:
        assert (image.mode, image.size) == ("RGB", (64, 64))
    network = toy_network(modules=("0",))
    load_weights(network, read_state_dict(tmp_path / "weights.pth"), 64)
    normalization = Normalization((0.5, 0.5, 0.5), (0.25, 0.25, 0.25))
    exemplar = load_exemplar(tmp_path / "stripes.png", 64)
    loss = TextureLoss(ImageMaps(network, normalization), GRAM, exemplar)
    from_file = loss.by_layer(read_image(tmp_path / "image.png"))
    assert result.saved.total == pytest.approx(from_file.total, rel=1e-4)
    assert result.saved.total > result.final.total  # clipped and rounded
    assert sorted(path.name for path in tmp_path.glob(".*")) == []


def test_program_starts_from_an_image_and_makes_another_size(tmp_path: Path) -> None:
    write_inputs(tmp_path)
    flags = ["--exemplar", "stripes.png", "--evaluations", "1", "--start", "noise.png", "--image-size", "96"]
    ran = run(synthesize_command("image", *flags), tmp_path)
    assert ran.returncode == 0, ran.stderr
    saved = read_image(tmp_path / "image.png")
    assert saved.shape == (1, 3, 96, 96)
    start = load_exemplar(tmp_path / "noise.png", 96)
    torch.testing.assert_close(saved, start, atol=1.5 / 255, rtol=0)


def bad_input(name: str, folder: Path) -> list[str]:
    if name == "missing":
        return ["--exemplar", "nothing.png"]
    if name == "no image":
        (folder / "text.png").write_text("no image")
        return ["--exemplar", "text.png"]
    return ["--exemplar", "stripes.png", "--start", "nothing.png"]


@pytest.mark.parametrize(
    ("name", "message"),
    [("missing", "nothing.png: image not found"), ("no image", "text.png: cannot be read"), ("start", "nothing.png")],
)
def test_program_names_what_is_wrong(name: str, message: str, tmp_path: Path) -> None:
    write_inputs(tmp_path)
    ran = run(synthesize_command("image", *bad_input(name, tmp_path)), tmp_path)
    assert ran.returncode == 1
    assert message in ran.stderr
    assert "Traceback" not in ran.stderr
    assert not list(tmp_path.glob("image.*"))


@pytest.mark.slow
def test_program_killed_and_run_again_ends_at_the_same_loss(tmp_path: Path) -> None:
    write_inputs(tmp_path)
    flags = ["--exemplar", "stripes.png", "--evaluations", "1200", "--checkpoint-seconds", "0"]
    assert run(synthesize_command("whole", *flags), tmp_path).returncode == 0
    arguments = synthesize_command("killed", *flags)
    process = subprocess.Popen(
        arguments, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(PROJECT / "tests")}, stderr=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 120
    while not (tmp_path / ".killed.png.checkpoint").exists():
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    assert not (tmp_path / "killed.json").exists()
    again = run(arguments, tmp_path)
    assert again.returncode == 0
    assert "taken up 1 times after an interruption" in again.stderr
    assert read_trace(tmp_path / "killed.tsv") == read_trace(tmp_path / "whole.tsv")
    assert (tmp_path / "killed.png").read_bytes() == (tmp_path / "whole.png").read_bytes()
    assert (tmp_path / "killed.json").read_bytes() == (tmp_path / "whole.json").read_bytes()
    assert not (tmp_path / ".killed.png.checkpoint").exists()


@pytest.mark.slow
def test_programs_from_image_to_matrix(tmp_path: Path) -> None:
    write_inputs(tmp_path)
    exemplars = ["--exemplars", "stripes=stripes.png", "noise=noise.png"]
    for name in ("gram", "mean"):
        flags = ["--exemplar", "stripes.png", "--evaluations", "60", "--representation", name]
        assert run(synthesize_command(name, *flags), tmp_path).returncode == 0
    made = ["--images", "gram.png", "mean.png", "--results", "gram.json", "mean.json"]
    judging = ["--model", "toy", "--representations", "gram", "mean", *exemplars, *made, "--output", "toy.tsv"]
    ran = run(command("cross_evaluate_synthesis", *judging), tmp_path)
    assert ran.returncode == 0, ran.stderr
    judgements = read_judgements(tmp_path / "toy.tsv")
    result = read_result(tmp_path / "gram.json")
    (own,) = (each for each in judgements if each.of(result) and each.judged_by == "gram")
    assert own.loss == pytest.approx(result.saved.total, rel=1e-4)
    assert own.relative_loss == own.loss / own.unrelated_loss < 0.05
    panel = ["plot_synthesis_panel", *exemplars, "--exemplar-size", "64", "--judgements", "toy.tsv", *made]
    for name, arguments in {
        "panel": [
            "plot_synthesis_panel",
            *exemplars,
            "--exemplar-size",
            "64",
            "--images",
            "gram.png",
            "--results",
            "gram.json",
        ],
        "representations": [*panel, "--texture", "stripes"],
        "losses": [
            *("plot_synthesis_losses", "--results", "gram.json", "--traces", "gram.tsv"),
            *("--families", "toy=toys"),
        ],
        "networks": ["plot_synthesis_cross_evaluation", "--judgements", "toy.tsv"],
        "between": ["plot_synthesis_cross_evaluation", "--judgements", "toy.tsv", "--between", "representations"],
    }.items():
        program, *rest = arguments
        outputs = [f"{name}.{suffix}" for suffix in ("png", "svg")]
        ran = run(
            [sys.executable, str(SCRIPTS / f"{program}.py"), *rest, "--output", *(f"drawn/{o}" for o in outputs)],
            tmp_path,
        )
        assert ran.returncode == 0, ran.stderr
        assert all((tmp_path / "drawn" / output).stat().st_size > 1000 for output in outputs)


@needs_data
@pytest.mark.slow
def test_pebbles_in_alexnet_within_a_hundred_evaluations() -> None:
    modules = [f"features.{position}" for position in (0, 3, 6, 8, 10)]
    network = TappedNetwork(Architecture("torchvision", "alexnet").build(), numbered_taps(modules))
    load_weights(network, read_state_dict(DATA / "weights" / "alexnet_conv.pth"), 224)
    exemplar = load_exemplar(DATA / "exemplars" / "pebbles.jpg", 224)
    loss = TextureLoss(ImageMaps(network, NORMALIZATION), GRAM, exemplar)
    flat = loss.by_layer(mid_grey(exemplar)).total
    start = PIXELS.noise(0, (1, 3, 224, 224))
    run = optimise.minimize(loss, PIXELS, start, flat, optimise.Stopping(100))
    # 0.0158 measured; what the published settings save after 800 evaluations is about 0.05.
    assert run.best_loss / flat < 0.025
