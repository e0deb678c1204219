"""What jobs ask for: sizes against torchvision's own figures, the design's channels, and files really written."""

from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from planning import needs
from planning.estimate import Estimate, Need, free_mb
from planning.study import Study, StudyNetwork
from support import PAPER_CHANNELS, PAPER_CONFIG, PAPER_NETWORKS
from texalign import names

STUDY = Study.from_config(PAPER_CONFIG)
UNKNOWN = StudyNetwork.from_config(
    "mine", {"source": "python", "callable": "my:net", "weights": {"random": 0}, "layers": ["a", "b"]}
)


# ------------------------------------------------------------------------------------------------------------ networks


@pytest.mark.parametrize("model", list(PAPER_NETWORKS))
def test_channels_of_the_papers_layers(model: str):
    assert needs.channels(PAPER_NETWORKS[model]) == PAPER_CHANNELS[model]
    assert needs.channels(PAPER_NETWORKS[model], "L2") == PAPER_CHANNELS[model][1:2]


def test_channels_of_other_layers_are_the_most_there_may_be():
    other = StudyNetwork.from_config(
        "alexnet", {"source": "torchvision", "weights": {"random": 0}, "layers": ["features.0", "features.4"]}
    )
    assert needs.layer_channels(other) == {"L1": 64, "L2": None}
    assert needs.channels(other) == [64, 512]
    assert needs.channels(UNKNOWN) == [512, 512]


def test_a_users_network_that_is_named_like_torchvisions_is_not_taken_for_it():
    namesake = StudyNetwork.from_config(
        "x", {"source": "python", "callable": "alexnet:alexnet", "weights": {"random": 0}, "layers": ["features.0"]}
    )
    assert needs.channels(namesake) == [512]
    assert needs.weights_mb(namesake) == 550


@pytest.mark.parametrize("model", list(needs.TORCHVISION_SIZES))
def test_sizes_are_torchvisions(model: str):
    from texalign.networks.sources import import_torchvision

    documented = import_torchvision().models.get_model_weights(model).IMAGENET1K_V1.meta
    assert needs.TORCHVISION_SIZES[model] == (round(documented["_file_size"]), round(documented["_ops"], 1))


def test_unknown_networks_are_taken_for_the_largest():
    assert max(size for size, _ in needs.TORCHVISION_SIZES.values()) <= needs.LARGEST_WEIGHTS_MB
    assert max(gflops for _, gflops in needs.TORCHVISION_SIZES.values()) <= needs.LARGEST_GFLOPS
    assert max(map(max, PAPER_CHANNELS.values())) <= needs.LARGEST_CHANNELS
    known = PAPER_NETWORKS.values()
    five = StudyNetwork.from_config(
        "five", {"source": "python", "callable": "my:net", "weights": {"random": 0}, "layers": list("abcde")}
    )
    assert needs.extraction_mb(five, ["gram"]) >= max(needs.extraction_mb(network, ["gram"]) for network in known)
    assert needs.extraction_minutes(5640, 224, five) >= max(
        needs.extraction_minutes(5640, 224, network) for network in known
    )


# ------------------------------------------------------------------------------------------------------------- amounts


@pytest.mark.parametrize("attempt", [1, 2, 3])
def test_amounts_grow_with_the_attempt(attempt: int):
    assert needs.by_attempt(700)(None, attempt) == 700 * attempt
    by_layer = needs.by_attempt(lambda wildcards: {"L1": 10, "L2": 40}[wildcards.layer])
    assert by_layer(SimpleNamespace(layer="L2"), attempt) == 40 * attempt


def test_memory_of_the_papers_rdms_is_within_the_designs_bound():
    assert 500 < needs.rdm_mb(5640) <= 1500


def test_more_images_channels_or_pixels_ask_for_more():
    assert needs.rdm_mb(2000) < needs.rdm_mb(4000)
    assert needs.ward_mb(2000) < needs.ward_mb(4000)
    assert needs.ward_minutes(2000) < needs.ward_minutes(4000)
    assert needs.rdm_minutes("gram", 5640, [64]) < needs.rdm_minutes("gram", 5640, [512])
    network = PAPER_NETWORKS["vgg19_bn"]
    assert needs.extraction_minutes(5640, 112, network) < needs.extraction_minutes(5640, 224, network)
    assert needs.extraction_mb(PAPER_NETWORKS["resnet18"], ["gram"]) < needs.extraction_mb(network, ["gram"])
    assert needs.synthesis_mb(network, 224) < needs.synthesis_mb(network, 448)
    assert needs.synthesis_minutes(800, 224, network) > needs.synthesis_minutes(100, 224, network)


def test_time_suffices_at_the_rates_that_were_measured():
    """Images a second on two cores (the design's section 7), with at least twice the time to spare."""
    measured = {"alexnet": 261, "vgg19_bn": 5.0, "resnet18": 99, "resnet50": 31, "densenet121": 36, "inception_v3": 124}
    for model, rate in measured.items():
        minutes = needs.extraction_minutes(5640, 224, PAPER_NETWORKS[model])
        assert minutes >= 2 * 5640 / rate / 60, model


def test_files_really_written_fit_into_what_is_planned(tmp_path: Path):
    """Random numbers do not compress, so these are the largest files that can come."""
    from texalign.artifacts import matrices

    n, rng = 300, np.random.default_rng(0)
    condensed = rng.random(n * (n - 1) // 2)
    matrices.write_rdm(tmp_path / "rdm.h5", {"euclidean": condensed, "cosine": condensed}, {})
    assert (tmp_path / "rdm.h5").stat().st_size <= needs.rdm_file_mb(n) * 1e6
    labels = np.array([rng.integers(0, k, n) for k in range(1, 48)], np.int16)
    matrices.write_clusters(tmp_path / "clusters.h5", rng.random((n - 1, 4)), labels, {})
    assert (tmp_path / "clusters.h5").stat().st_size <= needs.clusters_file_mb(n) * 1e6


@pytest.mark.parametrize(
    ("model", "mb", "n"),
    # Files of all ten representations together: AlexNet with trained weights of 400 photographs of DTD, and AlexNet and
    # ResNet-50 with random ones of 130.
    [("alexnet", 629, 400), ("alexnet", 228.7, 130), ("resnet50", 215.9, 130)],
)
def test_disk_of_all_representations_is_within_a_fifth_of_what_was_measured(model: str, mb: float, n: int):
    channels = needs.channels(PAPER_NETWORKS[model])
    planned = sum(needs.vectors_file_mb(name, n, channels) for name in names.REPRESENTATIONS)
    assert 0.8 < planned / mb < 1.2


def test_memory_of_all_representations_is_within_a_fifth_of_what_was_measured():
    """The whole program on one core, with random weights."""
    for model, mb in (("alexnet", 1137), ("resnet50", 1308)):
        assert needs.extraction_peak_mb(PAPER_NETWORKS[model], names.REPRESENTATIONS) == pytest.approx(mb, rel=0.2)
    for network in PAPER_NETWORKS.values():
        planned = [needs.extraction_peak_mb(network, names.REPRESENTATIONS, matched) for matched in (None, 64)]
        assert needs.extraction_mb(network, names.REPRESENTATIONS) > planned[0] > planned[1]


# ------------------------------------------------------------------------------------------------------------ estimate


def test_need_of_a_job_counts_what_cannot_be_told_yet_as_nothing():
    assert Need.of("r", {"mem_mb": 5, "disk_mb": "<TBD>", "gpu": 1}) == Need("r", mem_mb=5, disk_mb=0, temp_mb=0)


def estimate(*needs: Need) -> Estimate:
    return Estimate.of(STUDY, needs)


def test_estimate_sums_jobs_and_disk_and_takes_the_largest_memory():
    found = estimate(Need("a", 100, 10, 0), Need("b", 4200, 20, 0), Need("b", 300, 30, 0))
    assert found.jobs == Counter(a=1, b=2)
    assert found.required_mb == 60
    assert found.largest.mem_mb == 4200
    text = found.text(free_mb=73_000)
    assert "5,640 images, 12 networks, 60 layers, 1 representations, 3 protocols" in text
    assert "jobs of this run     3" in text
    assert "about 0.1 GB, 73.0 GB are free" in text
    assert "4.2 GB at most (b)" in text
    assert "not known" not in text
    assert "without a GPU" not in text
    planned = estimate(Need("extract_representations", 4000, 0, 0)).text(free_mb=73_000)
    assert "memory of a pass     about 1.5 GB without a GPU (extract_representations)" in planned


def test_estimate_does_not_depend_on_the_order_of_jobs():
    needs = [Need("a", 100, 0, 0), Need("b", 100, 0, 0)]
    assert estimate(*needs) == estimate(*reversed(needs))


def test_of_files_that_are_removed_on_the_way_the_largest_must_fit():
    assert estimate(Need("a", 0, 10, 0), Need("b", 0, 0, 500), Need("b", 0, 0, 700)).required_mb == 710


def test_run_that_the_disk_cannot_hold_is_refused_with_a_way_out():
    tight = estimate(Need("extract_gram", 0, 50_000, 0))
    assert tight.refusal(free_mb=50_000) is None
    refusal = tight.refusal(free_mb=49_999)
    assert refusal is not None
    assert "about 50.0 GB will be written below results/paper, 50.0 GB are free" in refusal
    assert "keep_gram: false" in refusal


def test_estimate_names_networks_whose_channels_are_assumed():
    config = PAPER_CONFIG | {
        "networks": {
            f"net{number}": {"source": "python", "callable": "m:n", "weights": {"random": 0}, "layers": ["a"]}
            for number in range(5)
        }
    }
    text = Estimate.of(Study.from_config(config), [Need("a", 0, 0, 0)]).text(1)
    assert "Channels of net0, net1, net2 and 2 more are not known before the run; 512 a layer are assumed." in text


def test_free_space_of_a_folder_that_is_not_there_yet_is_its_disks(tmp_path: Path):
    assert free_mb(str(tmp_path / "not/yet")) == pytest.approx(free_mb(str(tmp_path)), rel=0.01)
