# Two commands do everything: `make demo` and `make test`. They need Python >= 3.11, git and make.
PYTHON ?= python3
CORES ?= all
VENV := .venv
# Rules start their programs as `python`, so the environment goes first on the path.
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)

.PHONY: help setup demo test test-faults test-thorough check docs site bench bench-full bench-statistics lock

help:
	@echo "make demo              set up, run the embedded study, print where its report is"
	@echo "make test              set up, run all tests but the thorough ones"
	@echo "make test-faults       set up, provoke all faults: programs killed, disks full, files damaged; in minutes"
	@echo "make test-thorough     set up, run the tests that make test leaves out, those of faults among them"
	@echo "make check             check formatting and lint"
	@echo "make docs              write the pages that are made from the code: configuration, choices, tables"
	@echo "make site              build the documentation as a site, in build/site"
	@echo "make bench             time this project beside the published procedure, in minutes"
	@echo "make bench-full        the same at the size of the paper's study, in an hour or so"
	@echo "make bench-statistics  simulate what docs/methods.md says of tests and intervals, and fill its tables"
	@echo "make setup             set up $(VENV) from the pinned requirements, with the command texalign"
	@echo "make lock              pin the requirements anew"

setup: $(VENV)/installed-library

$(VENV)/installed: envs/requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python >= 3.11 is needed, this is " + sys.version)'
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet --upgrade pip
	$(VENV)/bin/python -m pip install --quiet --requirement envs/requirements.txt
	touch $@

# The library from where it lies, so that notebooks, benchmarks and the command `texalign` run with this checkout's.
$(VENV)/installed-library: pyproject.toml $(VENV)/installed
	$(VENV)/bin/python -m pip install --quiet --no-deps --editable .
	touch $@

$(VENV)/installed-dev: envs/requirements-dev.txt $(VENV)/installed
	$(VENV)/bin/python -m pip install --quiet --requirement envs/requirements-dev.txt
	touch $@

DEMO_REPORT := results/demo/report.html

demo: $(VENV)/installed
	snakemake --cores $(CORES) --configfile config/demo.yaml --report $(DEMO_REPORT) --report-after-run
	@echo "Open $(DEMO_REPORT) in a browser, and results/demo/explorer.html to look around."

test: $(VENV)/installed-dev $(VENV)/installed-library
	python -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

test-faults: $(VENV)/installed-dev $(VENV)/installed-library
	python -m pytest -m "" --numprocesses auto --maxprocesses 2 --dist loadfile tests/faults

test-thorough: $(VENV)/installed-dev $(VENV)/installed-library
	python -m pytest -m thorough --numprocesses auto --maxprocesses 2 --dist loadfile

check: $(VENV)/installed-dev
	ruff check .
	ruff format --check .
	snakefmt --check Snakefile workflow
	snakemake --lint

docs: $(VENV)/installed-library
	PYTHONPATH=workflow python docs/generate.py

site: $(VENV)/installed-dev
	python docs/stage_site.py build/site-source
	NO_MKDOCS_2_WARNING=1 mkdocs build --strict --quiet
	@echo "Open build/site/index.html in a browser."

bench: $(VENV)/installed-library
	PYTHONPATH=workflow python benchmarks/run.py

bench-full: $(VENV)/installed-library
	PYTHONPATH=workflow python benchmarks/run.py --full

# One thread a process, since simulated studies run side by side on all cores.
bench-statistics: export OMP_NUM_THREADS := 1
bench-statistics: export OPENBLAS_NUM_THREADS := 1
bench-statistics: $(VENV)/installed-library
	python benchmarks/bench_correlation_statistics.py --full
	python benchmarks/bench_information_statistics.py --full
	python benchmarks/tables.py methods

lock:
	rm -rf .venv-lock
	$(PYTHON) -m venv .venv-lock
	.venv-lock/bin/python -m pip install --quiet --requirement envs/requirements.in
	@(grep '^#' envs/requirements.txt; .venv-lock/bin/python -m pip freeze | sed 's/+cpu$$//') > envs/requirements.txt.new
	mv envs/requirements.txt.new envs/requirements.txt
	rm -rf .venv-lock
