"""What a run shows: a line a job, how far it is and how long it will take; warnings and errors pass."""

import logging
from types import SimpleNamespace

import pytest

from planning.durations import Durations, Job
from planning.screen import Progress, Screen, duration
from planning.study import Study
from support import PAPER_CONFIG


class Plain(logging.Handler):
    """Stands for Snakemake's handler of the terminal."""

    def __init__(self):
        super().__init__()
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(str(record.msg))


def record(event: str | None, message: str = "", level: int = logging.INFO, **said: object) -> logging.LogRecord:
    made = logging.LogRecord("snakemake", level, "", 0, message, None, None)
    made.event = SimpleNamespace(name=event) if event else None
    vars(made).update(said)
    return made


def test_a_job_is_a_line_and_what_it_did_is_none():
    plain, lines = Plain(), []
    screen = Screen(plain, lines.append)
    now = [0.0]
    screen.progress = Progress({1: 10.0, 2: 30.0}, lambda: now[0])
    screen.handle(record("JOB_INFO", rule_msg="Fetch the weights", jobid=1))
    now[0] = 20.0
    screen.handle(record("SHELLCMD", "python fetch.py"))
    screen.handle(record("JOB_FINISHED", "Finished jobid: 1", job_id=1))
    screen.handle(record("PROGRESS", "1 of 2 steps"))
    screen.handle(record("JOB_INFO", rule_msg="Extract", jobid=2))
    # A quarter of the work took 20 s.
    assert lines == ["[0/2] Fetch the weights", "[1/2, 1 min left] Extract"]
    assert plain.said == []


def test_a_target_is_a_line_too():
    plain, lines = Plain(), []
    Screen(plain, lines.append).handle(record("JOB_INFO", "localrule mi: input: ...", rule_name="mi", jobid=1))
    assert (lines, plain.said) == (["mi"], [])


def test_errors_warnings_and_other_words_pass():
    plain, lines = Plain(), []
    screen = Screen(plain, lines.append)
    screen.handle(record("JOB_ERROR", "Error in rule x", logging.ERROR))
    screen.handle(record(None, "Execute with care", logging.WARNING))
    screen.handle(record(None, "Nothing to be done"))
    screen.handle(record(None, "Execute 2 jobs..."))
    assert plain.said == ["Error in rule x", "Execute with care", "Nothing to be done"]
    assert lines == []


def test_advice_about_rules_is_kept_back_though_snakemake_warns_of_it():
    plain = Plain()
    for screen in (Screen(plain, print), Screen(plain, print, lambda: "the estimate")):
        screen.handle(record(None, "Workflow defines that rule x is eligible for caching", logging.WARNING))
        screen.handle(record(None, "Workflow defines configfile x but it is not present", logging.WARNING))
    assert plain.said == ["Workflow defines configfile x but it is not present"] * 2


def test_a_dry_run_lists_jobs_and_ends_with_the_estimate():
    plain, lines = Plain(), []
    asked = iter(["the estimate"])
    screen = Screen(plain, lines.append)
    screen.summary = lambda: next(asked)
    screen.handle(record("RUN_INFO", "Job stats", stats={}))
    screen.handle(record("JOB_INFO", "job", rule_msg="Extract"))
    screen.handle(record("RUN_INFO", "Job stats", stats={}))
    assert lines == []
    screen.handle(record(None, "This was a dry-run (flag -n)."))
    assert lines == ["the estimate"]
    assert plain.said == ["Job stats", "job", "Job stats", "This was a dry-run (flag -n)."]


def test_the_time_left_is_not_told_before_there_is_a_pace():
    progress = Progress(dict.fromkeys(range(100), 1.0), lambda: 0.0)
    progress.finish(0)
    assert progress.seconds_left() is None
    progress.finish(12345)
    assert progress.done == 1


@pytest.mark.parametrize(
    ("seconds", "said"), [(0, "5 s"), (42, "40 s"), (95, "2 min"), (3599, "1.0 h"), (5400, "1.5 h"), (90000, "25 h")]
)
def test_durations_are_told_as_people_do(seconds: float, said: str):
    assert duration(seconds) == said


def test_expected_times_are_near_those_that_were_measured():
    """docs/performance.md: images a second of extraction on two cores, and minutes of the study's RDMs and trees."""
    study = Study.from_config(PAPER_CONFIG)
    durations = Durations(study, 224, 224, 1000)
    for model, images_a_second in {"alexnet": 82.2, "resnet50": 22.2, "vgg16_bn": 6.21}.items():
        expected = durations.seconds(Job("extract_representations", {"model": model}))
        assert 0.5 < expected / (5640 / images_a_second) < 2
    rdms = [Job("compute_rdm", {"model": m, "layer": k}) for m, n in study.networks.items() for k in n.layers]
    assert 0.4 < durations.total(rdms, 2) / (7.5 * 60) < 2.5
    trees = [Job("cluster_images", {})] * 180
    assert 0.4 < durations.total(trees, 2) / (4.31 * 60) < 2.5
    assert durations.total(trees, 4) == durations.total(trees, 2) / 2
