"""What a reader should be careful about: each sentence only where what it is about is so in this study."""

from collections.abc import Iterator

from texalign.findings.study import Asked, Found
from texalign.findings.words import number, plural, share
from texalign.names import CHOSEN_ON_DATA

# Bits of permuted labels from which the estimator's bias is worth a sentence.
LEAST_CHANCE = 0.1


def cautions(asked: Asked, found: Found) -> list[str]:
    """Sentences, most consequential first."""
    return [
        *_of_images(asked, found),
        *_of_choices(asked, found),
        *_of_layers(asked, found),
        *_of_networks(asked, found),
    ]


def _of_images(asked: Asked, found: Found) -> Iterator[str]:
    if asked.drawn:
        yield "A program drew these images and named their classes: they say how the workflow works, not people."
    best = found.primary(asked)
    if best and (best[0].chance or 0) >= LEAST_CHANCE:
        yield (
            f"{found.n_images / found.n_classes:.0f} images a class are few: with permuted labels, which tell nothing, "
            f"{best[0].model} still has {number(best[0].chance)} bits."
        )


def _of_choices(asked: Asked, found: Found) -> Iterator[str]:
    if not found.best or len(asked.protocols) < 2:
        return
    first = found.primary(asked)[0]
    others = [rows[0] for name in asked.protocols[1:] if (rows := found.under(asked.representations[0], name))]
    other_winners = [row for row in others if row.model != first.model]
    lowest = min([first, *others], key=lambda row: row.bits)
    yield (
        f"The first protocol, {asked.protocols[0]}, "
        + (
            "was made primary because it shows the paper's findings on real images, a choice made on data. Under "
            if asked.protocols[0] == CHOSEN_ON_DATA
            else "is primary by the config's choice. Under "
        )
        + ("another the best network is another one" if other_winners else "the others the best network is the same")
        + f", and the highest mutual information is as low as {number(lowest.bits)} bits"
        f" ({share(lowest.bits, lowest.ceiling)} of its ceiling, {lowest.protocol})."
    )


def _of_layers(asked: Asked, found: Found) -> Iterator[str]:
    best = found.primary(asked)
    if not best:
        return
    yield (
        "Each network's best layer was chosen on the images that its value is read on, which favours networks with "
        "many layers." + _on_halves(best[0].model, found)
    )


def _on_halves(model: str, found: Found) -> str:
    if model not in found.halves:
        return ""
    row = found.halves[model]
    return (
        f" On halves of the images, {model}'s layer chosen on one half has {number(row.optimism)} less on the other "
        f"({row.measure}), and was {row.layer} in {row.layer_share:.0%} of the choices."
    )


def _of_networks(asked: Asked, found: Found) -> Iterator[str]:
    untrained = [network.model for network in asked.networks if network.weights.startswith("random")]
    if untrained:
        yield (
            f"{plural(len(untrained), 'network')} of {len(asked.networks)} "
            f"{'is' if len(untrained) == 1 else 'are'} untrained: what {'it' if len(untrained) == 1 else 'they'} "
            "tell" + ("s" if len(untrained) == 1 else "") + " comes of the architecture alone."
        )
    families = {network.family for network in asked.networks}
    if len(families) < len(asked.networks) and any(row.pearson_r is not None for row in found.correlations):
        yield (
            f"The networks are {len(asked.networks)} of {plural(len(families), 'family', 'families')}, whose members "
            "are no independent draws."
        )
