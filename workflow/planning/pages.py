"""Pages of the report: in which categories things lie, which tables are shown, and what the first page is told."""

from typing import Any

from planning.study import Study, StudyNetwork

# In the order of the data's way, which the report sorts by name.
CATEGORIES = {
    "rdm": "1 Dissimilarities of images (RDMs)",
    "clusters": "2 Clusters against classes",
    "information": "3 Mutual information",
    "representations": "4 Representations compared",
    "perception": "5 Agreement with people",
    "brainscore": "6 Brain-Score",
    "multiverse": "7 Other choices",
    "synthesis": "8 Texture synthesis",
    "tables": "9 Tables",
    "summary": "0 What was found",
}
# Tables that the report shows, in words, in the order of the data's way; which there are is the study's.
TABLES = {
    "mi": "mutual information of all layers",
    "mi_inference": "mutual information, its uncertainty",
    "mi_trees": "mutual information that other images would give",
    "best_mi": "best layers",
    "best_mi_halves": "best layers read on other images",
    "class_recovery": "classes that clusters find",
    "probes": "classes in the RDMs, without clusters",
    "class_probes": "classes in the RDMs, by class",
    "representations": "representations compared",
    "agreement": "agreement with people",
    "agreement_by_layer": "agreement with people, by layer",
    "brainscore_scores": "best layers with Brain-Scores",
    "brainscore_correlations": "correlations with Brain-Scores",
    "brainscore_coverage": "what Brain-Scores rest on",
    "brainscore_drift": "correlations under two files of scores",
    "brainscore_drift_scores": "how each benchmark moved",
    "brainscore_drift_contents": "what came and went",
    "multiverse": "correlations under every choice",
    "multiverse_changes": "what each choice changes",
    "oddity": "syntheses told from originals",
    "validation": "published accuracies beside ours",
}
# With fewer networks there is no correlation.
LEAST_SCORED = 3
IMAGES = {
    "procedural": "textures drawn by a program",
    "dtd": "the Describable Textures Dataset",
    "folder": "the folder {folder}",
}


def scored_networks(study: Study) -> int:
    """Networks that have a Brain-Score, as far as the config says."""
    networks = study.networks.values()
    return sum(network.brainscore_id is not None or network.brainscore_line is not None for network in networks)


def asked(study: Study) -> dict[str, Any]:
    """What the study asks, as the program that writes the first page is told it."""
    return {
        "study": study.name,
        "images": IMAGES[study.image_source].format(folder=study.image_folder),
        "drawn": study.image_source == "procedural",
        "networks": [
            {
                "model": model,
                "architecture": network.architecture,
                "weights": weights_in_words(network),
                "family": network.family,
            }
            for model, network in study.networks.items()
        ],
        "representations": list(study.representations),
        "protocols": list(study.protocols),
        "criterion": study.criterion,
    }


def weights_in_words(network: StudyNetwork) -> str:
    """Where a network's weights come from, as the first page says it."""
    if isinstance(network.weights, str):
        return network.weights
    if "random" in network.weights:
        return f"random weights, seed {network.weights['random']}"
    source = next(name for name in ("package", "hub", "url", "file") if name in network.weights)
    return f"{source} {network.weights[source]}"
