"""The sentences and cells of the first page, from what the tables hold."""

from collections.abc import Sequence

from texalign.brainscore.correlation import CORRELATED, CorrelationRow
from texalign.findings.study import Asked, BestAgreement, BestLayerFound, Found

# With fewer networks there is no correlation.
LEAST_SCORED = 3
MINUS = "\N{MINUS SIGN}"
CEILING = (
    "The ceiling is the smaller of the entropies of classes and clusters: more the clusters cannot tell. The intervals "
    "are of these clusters; other images would give other trees (table mi_trees)."
)
CEILING_OF_PEOPLE = (
    "The layer of each network that agrees best, over all images. Ceiling: from what other people reach to what the "
    "best possible model does; unknown where people were taken together."
)


def question(asked: Asked, found: Found) -> str:
    """What was asked, in one sentence."""
    if found.correlations and any(row.pearson_r is not None for row in found.correlations):
        return "Do networks that predict the visual brain well represent textures as people do?"
    who = "these networks" if len(asked.networks) > 1 else "a network's layers"
    return f"Do {who} represent textures as people do?"


def answers(asked: Asked, found: Found) -> list[str]:
    """What was found, a sentence or two each: of mutual information, of agreement, of correlations."""
    said = []
    best = found.primary(asked)
    if best:
        said.append(_best(asked, found, best))
    said += [_agreed(found, rows) for rows in _by_evidence(found.agreement)]
    said.append(correlated(found.correlations))
    return [line for line in said if line]


def _best(asked: Asked, found: Found, best: Sequence[BestLayerFound]) -> str:
    first, last = best[0], best[-1]
    line = (
        f"{first.model} tells most about the human classes: at {first.layer}, {number(first.bits)} bits"
        f"{_interval(found, first.low, first.high)} of a ceiling of {number(first.ceiling)}"
        f" ({share(first.bits, first.ceiling)})."
    )
    if last is not first:
        line += (
            f" The last of {len(best)} networks, {last.model}, tells {number(last.bits)}"
            f"{_interval(found, last.low, last.high)}."
        )
    if first.chance is not None:
        line += f" Permuted labels give {number(first.chance)}."
    return line


def _by_evidence(rows: Sequence[BestAgreement]) -> list[list[BestAgreement]]:
    return [[row for row in rows if row.evidence == name] for name in dict.fromkeys(row.evidence for row in rows)]


def _agreed(found: Found, rows: Sequence[BestAgreement]) -> str:
    first = max(rows, key=lambda row: row.estimate)
    ceiling = f", where the best possible model reaches {number(first.ceiling_high)}" if first.ceiling_high else ""
    return (
        f"With people ({first.evidence}, {first.n_images:,} images) {first.model} agrees best, at {first.layer}: "
        f"{first.measure.replace('_', ' ')} {number(first.estimate)}{_interval(found, first.low, first.high)}{ceiling}."
    )


def correlated(rows: Sequence[CorrelationRow]) -> str:
    """What there is to say of correlations with Brain-Score: the first with its numbers, or why there is none."""
    if not rows:
        return ""
    defined = [row for row in rows if row.pearson_r is not None]
    if not defined:
        n = max(row.n_models for row in rows)
        if n < LEAST_SCORED:
            have = "no network has" if n == 0 else "one network has" if n == 1 else "two networks have"
            return f"Nothing can be said of Brain-Score: {have} a score, and a correlation takes {LEAST_SCORED}."
        return f"No correlation with Brain-Score is defined: {rows[0].note}."
    first = defined[0]
    found = [row for row in defined if (row.conclusion or "").startswith(CORRELATED)]
    interval = f" [{number(first.pearson_low)}, {number(first.pearson_high)}]" if first.pearson_low is not None else ""
    said = first.conclusion or first.note
    verdict = f", {said}" if said else ""
    line = (
        f"With Brain-Score's {_spaced(first.benchmark)} the best layers correlate by r = "
        f"{number(first.pearson_r)}{interval} over {first.n_models} networks{verdict}."
    )
    # Of too few networks there is no verdict, and none that can be counted.
    if len(defined) > 1 and any(row.conclusion for row in defined):
        line += f" Of {len(defined)} benchmarks, {len(found)} correlate with the networks' best layers."
    return line


def cannot_say(rows: Sequence[CorrelationRow]) -> str:
    """What these correlations cannot say, because of the number of networks."""
    detectable = sorted({(row.n_models, row.detectable_r) for row in rows if row.detectable_r is not None})
    said = (
        f"Intervals, p and a conclusion such as |r| < {rows[0].equivalence_bound:g} take networks for independent "
        "draws; q, which correlated rests on, does not, since it permutes families."
    )
    fewer = [row for row in rows if row.effective_networks is not None and row.effective_networks < row.n_models]
    if fewer:
        row = min(fewer, key=lambda row: row.effective_networks / row.n_models)
        said += (
            f" The {row.n_models} networks are of {plural(row.n_families, 'family', 'families')}, and r of them varies "
            f"as much as of {number(row.effective_networks, digits=1)} independent ones ({_spaced(row.benchmark)})."
        )
    if detectable:
        n, r = detectable[0]
        said += (
            f" With {n} networks a true |r| below {number(r)} is missed more often than one time in five:"
            " undecided is no evidence for no correlation."
        )
    zeros = [row.zero_filled_share for row in rows if row.zero_filled_share]
    if zeros:
        said += (
            f" Of the scores' weight up to {max(zeros):.0%} is on benchmarks that a network had not taken, "
            "which count as zero."
        )
    return said


def _spaced(benchmark: str) -> str:
    return benchmark.replace("_", " ")


def correlation_words(row: CorrelationRow) -> list[str]:
    """The cells of a correlation."""
    return [
        _spaced(row.benchmark),
        number(row.pearson_r),
        between(row.pearson_low, row.pearson_high),
        number(row.pearson_p, digits=3),
        number(row.family_q, digits=3),
        str(row.n_models),
        row.conclusion or row.note,
    ]


def under(asked: Asked) -> str:
    """The choices that a table rests on."""
    return f"Under the primary choices: representation {asked.representations[0]}, protocol {asked.protocols[0]}."


def interval_name(found: Found) -> str:
    return f"{100 * found.confidence:g}% interval" if found.confidence else "Interval"


def _interval(found: Found, low: float | None, high: float | None) -> str:
    return f" ({interval_name(found)} {between(low, high)})" if low is not None and high is not None else ""


def ceiling_words(row: BestAgreement) -> str:
    if row.ceiling_high is None:
        return "unknown"
    return number(row.ceiling_high) if row.ceiling_low is None else between(row.ceiling_low, row.ceiling_high)


def number(value: float | None, digits: int = 2) -> str:
    """A number as text shows it; nothing where there is none. What rounds to zero is said to lie below."""
    if value is None:
        return ""
    if digits == 3 and 0 <= value < 0.001:
        return "< 0.001"
    return f"{value:.{digits}f}".replace("-", MINUS)


def between(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f"{number(low)} to {number(high)}"


def share(part: float, whole: float) -> str:
    return f"{part / whole:.0%}".replace("-", MINUS) if whole else ""


def plural(n: int, thing: str, things: str = "") -> str:
    return f"{n} {thing if n == 1 else things or thing + 's'}"
