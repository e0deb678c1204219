"""Snakemake itself, which prints jobs by rule and wildcards instead of by their messages."""

import sys

from snakemake import logging
from snakemake.cli import main

FORMAT = logging.DefaultFormatter.format_job_info
logging.DefaultFormatter.format_job_info = lambda self, msg: FORMAT(self, {**msg, "rule_msg": None})
sys.exit(main())
