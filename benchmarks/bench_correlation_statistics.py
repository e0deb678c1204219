"""What is said of correlations over networks, simulated from a seed: sizes of tests, power, coverage of intervals.

`family_tests`: how often a test at 5% finds a correlation of scores and information where there is none, and where
there is one, for networks whose members of a family resemble each other in both. `correlation_intervals`: how often
intervals of r have the true correlation where information is measured with error. `equivalence`: how often so many
networks can rule out a correlation where there is none, and what they can show.
"""

import argparse
import math
from collections.abc import Sequence

import numpy as np

import harness
from harness import Facts
from texalign import statistics
from texalign.brainscore.families import effective_number, family_permutation_p

# Sizes of families: the paper's (AlexNet, DenseNet, Inception, ResNet, VGG), pairs, and a larger study.
DESIGNS: dict[str, tuple[int, ...]] = {
    "paper, 12 in 5": (1, 3, 1, 5, 2),
    "pairs, 12 in 6": (2,) * 6,
    "31 in 8": (10, 5, 5, 5, 3, 1, 1, 1),
}
FAMILY_CORRELATIONS = (0.0, 0.3, 0.5, 0.8, 0.95)
TRUE_RHO = 0.7
ALPHA = 0.05


def families_of(sizes: Sequence[int]) -> np.ndarray:
    return np.repeat(np.arange(len(sizes)), sizes)


def related(rng: np.random.Generator, families: np.ndarray, correlation: float) -> np.ndarray:
    """Values (n,) of variance 1, with that correlation between members of a family."""
    of_family = rng.standard_normal(families.max() + 1)[families]
    return math.sqrt(correlation) * of_family + math.sqrt(1 - correlation) * rng.standard_normal(len(families))


def family_tests(runs: int, draws: int) -> list[Facts]:
    rows: list[Facts] = []
    for name, sizes in DESIGNS.items():
        families = families_of(sizes)
        names = [str(family) for family in families]
        for correlation in FAMILY_CORRELATIONS:
            rng = np.random.default_rng(1)
            found: dict[str, list[float]] = {"students_size": [], "family_size": [], "family_power": [], "n": []}
            for run in range(runs):
                x, y, e = (related(rng, families, correlation) for _ in range(3))
                found["students_size"].append(statistics.pearson(x, y).p < ALPHA)
                found["family_size"].append(family_permutation_p(x, y, names, run, draws) < ALPHA)
                z = TRUE_RHO * x + math.sqrt(1 - TRUE_RHO**2) * e
                found["family_power"].append(family_permutation_p(x, z, names, run, draws) < ALPHA)
                found["n"].append(effective_number(x, y, names))
            r = np.array([statistics.pearson(*draw_two(rng, families, correlation)).r for _ in range(4 * runs)])
            rows.append(
                {
                    "design": name,
                    "family_correlation": correlation,
                    "students_size": float(np.mean(found["students_size"])),
                    "family_size": float(np.mean(found["family_size"])),
                    "family_power": float(np.mean(found["family_power"])),
                    "effective_number": float(1 + 1 / np.var(r)),
                    "estimated_number": float(np.median(found["n"])),
                    "n_studies": runs,
                }
            )
    return rows


def draw_two(rng: np.random.Generator, families: np.ndarray, correlation: float) -> tuple[np.ndarray, np.ndarray]:
    return related(rng, families, correlation), related(rng, families, correlation)


def correlation_intervals(runs: int) -> list[Facts]:
    """Over networks drawn anew; errors of information are independent, `error` times its spread over networks."""
    rows: list[Facts] = []
    for n in (12, 40):
        for rho in (0.0, 0.5, 0.8):
            for error in (0.0, 0.2, 0.5, 1.0):
                rng = np.random.default_rng(2)
                as_measured = rho / math.sqrt(1 + error**2)
                plain = corrected = 0
                for _ in range(runs):
                    x, e = rng.standard_normal((2, n))
                    y = rho * x + math.sqrt(1 - rho**2) * e + error * rng.standard_normal(n)
                    interval = statistics.fisher_interval(statistics.pearson(x, y).r, n)
                    share = statistics.reliability(y, error * rng.standard_normal((400, n)))
                    without = statistics.disattenuated(interval, share)
                    plain += interval.low <= as_measured <= interval.high
                    corrected += without.low <= rho <= without.high
                rows.append(
                    {
                        "networks": n,
                        "rho": rho,
                        "error": error,
                        "rho_as_measured": as_measured,
                        "plain_coverage": plain / runs,
                        "corrected_coverage": corrected / runs,
                        "n_studies": runs,
                    }
                )
    return rows


def equivalence(runs: int) -> list[Facts]:
    rows: list[Facts] = []
    for n in (12, 20, 40, 80):
        rng = np.random.default_rng(3)
        r = [statistics.pearson(*rng.standard_normal((2, n))).r for _ in range(runs)]
        for bound in (0.3, 0.5, 0.7):
            claimed = float(np.mean([statistics.equivalence_p(value, n, bound) < ALPHA for value in r]))
            rows.append(
                {
                    "networks": n,
                    "bound": bound,
                    "chance": statistics.equivalence_chance(n, bound),
                    "simulated": claimed,
                    "detectable_r": statistics.detectable_r(n),
                    "n_studies": runs,
                }
            )
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--full", action="store_true", help="enough studies for the tables of docs/methods.md")
    full = parser.parse_args().full
    harness.report("family_tests", family_tests(2000 if full else 200, 999 if full else 199))
    harness.report("correlation_intervals", correlation_intervals(2000 if full else 200))
    harness.report("equivalence", equivalence(20_000 if full else 2000))


if __name__ == "__main__":
    main()
