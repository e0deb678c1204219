"""What can be checked offline of the networks in config/networks_100.yaml, and the page docs/networks.md that tells it.

    PYTHONPATH=workflow:workflow/scripts python docs/check_networks.py --leaderboard EXPORT.csv [--networks ID ...]

Every network is built with random weights, its layers are found and their axes told in passes over noise of 224 x 224
pixels, and its id is looked for in an export of the leaderboard. No weights are fetched. With `--networks` only these
are checked, and the page's other rows stay. Takes seconds to a minute a network; networks of one architecture share
it, also with rows that stay.
"""

import argparse
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).resolve().parent
OVERLAY = FOLDER.parent / "config/networks_100.yaml"
PAGE = FOLDER / "networks.md"
IMAGE_SIZE = 224
LAYERS, AXES, ID, WEIGHTS = "layers", "axes", "id", "weights"

HEAD = """# A hundred networks with Brain-Scores

<!-- Made by docs/check_networks.py from config/networks_100.yaml. -->

`config/networks_100.yaml` lays these networks over the paper's study, and `config/leaderboard.yaml` their scores, from
your own export of the leaderboard:

```sh
snakemake --cores all --configfile config.yaml config/leaderboard.yaml config/networks_100.yaml
```

An entry is no promise: the columns say what was checked, offline and with random weights, and what was not. Nobody has
fetched these weights here; those that do not fit their network are refused by name when they are loaded.

- *match*: what the scored model is to the network ([choices](choices.md)). `same_weights` is said where the public code
  by which Brain-Score loads the model names these weights, or the model's name does; `same_architecture` also where it
  does not tell.
- *pinned by*: what the fetched file is checked against. `-`: nothing; its hash is logged when it is fetched.
- *maps*: axes of the maps of its layers, then channels x height x width of each, at 224 pixels.
- *checked*: `builds` (by the package, with random weights), `layers` (those that are named are there, or the rule found
  as many as it is to spread), `axes` (of their maps, by measurement), `id` (in the leaderboard's export of 2025-09-08).
- *not checked*: what of these could not be, and why; `weights`: whether they can be had, and fit.

"""


@dataclass(frozen=True)
class Row:
    """A network on the page; every field is text, `-` where there is nothing to say."""

    network: str
    family: str
    source: str
    scored_as: str
    match: str
    pinned_by: str
    maps: str
    checked: str
    not_checked: str


@dataclass(frozen=True)
class Found:
    """What was found of an architecture: layouts and sizes of its layers' maps, or why there are none."""

    builds: bool
    maps: str = ""
    problem: str = ""


def entries() -> dict[str, Mapping[str, Any]]:
    """The networks that the overlay adds, by id; not those of the paper's study of which it changes something."""
    loaded = yaml.safe_load(OVERLAY.read_text(encoding="utf-8"))["networks"]
    return {model: entry for model, entry in loaded.items() if "source" in entry}


def pin(entry: Mapping[str, Any]) -> str:
    """What the file of weights is checked against."""
    from texalign.artifacts.fetch import hash_in_name

    weights = entry["weights"]
    if isinstance(weights, str):
        return "hash in its file's name"
    if "random" in weights:
        return "seed"
    for key, name in (("sha256", "SHA-256"), ("sha1", "SHA-1"), ("revision", "commit")):
        if key in weights:
            return name
    return "hash in its file's name" if hash_in_name(weights["url"]) else "-"


def architecture_of(model: str, entry: Mapping[str, Any]) -> str:
    """What the findings depend on; networks that differ in their weights alone share them."""
    parts = [entry["source"], entry.get("callable") or entry.get("name", model)]
    return json.dumps([*parts, entry.get("arguments"), entry["layers"]], sort_keys=True)


def look_at(model: str, entry: Mapping[str, Any]) -> Found:
    """Build a network, and find its layers and their axes."""
    from planning.study import StudyNetwork
    from texalign.artifacts.tap import parse_taps
    from texalign.errors import TexalignError
    from texalign.networks.layers import describe_layers, enough_layers
    from texalign.networks.sources import Architecture
    from texalign.networks.taps import TappedNetwork

    network = StudyNetwork.from_config(model, entry)
    activation = network.activation or "after_relu"
    try:
        built = Architecture.parse(network.architecture, network.arguments).build()
    except TexalignError as error:
        return Found(
            False, problem=str(error).partition(":")[0] if "cannot be imported" not in str(error) else "package"
        )
    try:
        if network.layers_file:
            layers = enough_layers(describe_layers(built, IMAGE_SIZE, activation, len(network.layers)), 5, activation)
            seen = [(layer.axes, layer.channels, layer.height) for layer in layers]
        else:
            taps = parse_taps([f"{layer}={module}" for layer, module in network.layers.items()])
            tapped = TappedNetwork(built, taps, activation)
            maps = tapped.feature_maps(_noise())
            readings = tapped.readings(IMAGE_SIZE)
            seen = [(str(readings[layer].layout), *maps[layer].shape[1:3]) for layer in taps]
    except TexalignError as error:
        return Found(True, problem=str(error))
    axes = ", ".join(dict.fromkeys(kind for kind, *_ in seen))
    return Found(True, f"{axes}: {' '.join(f'{channels}x{side}x{side}' for _, channels, side in seen)}")


def _noise():
    import torch

    return torch.randn(1, 3, IMAGE_SIZE, IMAGE_SIZE, generator=torch.Generator().manual_seed(0))


def row(model: str, entry: Mapping[str, Any], found: Found, ids: set[str] | None) -> Row:
    """A network's row. Without an export (`ids`), its id counts as checked before."""
    scored = entry.get("brainscore_id")
    checks = {"builds": found.builds, LAYERS: bool(found.maps), AXES: bool(found.maps)}
    if scored:
        checks[ID] = ids is None or scored in ids
    missing = [name for name, passed in checks.items() if not passed]
    why = f" ({found.problem})" if missing and found.problem else ""
    weights = [] if "random" in entry["weights"] else [WEIGHTS]
    target = entry.get("callable") or entry.get("name", model)
    return Row(
        network=f"`{model}`",
        family=entry.get("family", "-"),
        source=f"{entry['source']} `{target}`",
        scored_as=f"`{scored}`" if scored else "-",
        match=entry.get("brainscore_match", "-"),
        pinned_by=pin(entry),
        maps=found.maps or "-",
        checked=", ".join(name for name, passed in checks.items() if passed) or "-",
        not_checked=", ".join([*([", ".join(missing) + why] if missing else []), *weights]) or "-",
    )


def page(rows: list[Row]) -> str:
    """The page of these rows."""
    names = [field.name for field in fields(Row)]
    scored = sum(row.scored_as != "-" for row in rows)
    whole = sum(all(name in row.checked for name in ("builds", LAYERS, AXES)) for row in rows)
    lines = [
        HEAD
        + f"{len(rows)} networks, {scored} of them with an id; {whole} were built, their layers found and axes told.",
        "",
        "| " + " | ".join(name.replace("_", " ") for name in names) + " |",
        "|" + "---|" * len(names),
        *("| " + " | ".join(getattr(row, name) for name in names) + " |" for row in rows),
    ]
    return "\n".join(lines) + "\n"


def rows_of_page() -> Iterator[Row]:
    """The rows that the page has."""
    if PAGE.exists():
        for line in PAGE.read_text(encoding="utf-8").splitlines():
            if line.startswith("| `"):
                yield Row(*(cell.strip() for cell in line.strip("|").split(" | ")))


def leaderboard_ids(file: Path) -> set[str]:
    from texalign.artifacts.tables import read_cells

    header, lines = read_cells(file)
    return {cells[header.index("Model")] for _, cells in lines}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--leaderboard", type=Path, required=True, help="an export of the leaderboard, CSV")
    parser.add_argument("--networks", nargs="+", help="ids of networks in the overlay; by default all")
    arguments = parser.parse_args()
    ids = leaderboard_ids(arguments.leaderboard)
    known = {re.sub("`", "", row.network): row for row in rows_of_page()}
    wanted = arguments.networks or list(entries())
    found = {
        architecture_of(model, entry): Found(True, known[model].maps)
        for model, entry in entries().items()
        if model in known and model not in wanted and known[model].maps != "-"
    }
    for model in wanted:
        entry = entries()[model]
        key = architecture_of(model, entry)
        if key not in found:
            found[key] = look_at(model, entry)
        known[model] = row(model, entry, found[key], ids)
        print(model, known[model].maps, known[model].not_checked, flush=True)
        PAGE.write_text(page([known[name] for name in entries() if name in known]), encoding="utf-8")


if __name__ == "__main__":
    main()
