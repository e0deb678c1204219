# The config, checked against the schema, which also fills in what it leaves out.
import sys
from pathlib import Path

import yaml
from snakemake.exceptions import WorkflowError
from snakemake.utils import validate

WORKFLOW = Path(workflow.current_basedir.get_path_or_uri(secret_free=True)).parent
SCHEMA = WORKFLOW / "schemas" / "config.schema.yaml"
sys.path.insert(0, str(WORKFLOW))

from planning.validation import config_errors

errors = config_errors(config, yaml.safe_load(SCHEMA.read_text(encoding="utf-8")))
if errors:
    files = ", ".join(map(str, workflow.configfiles))
    raise WorkflowError("\n  ".join([f"the config ({files}) does not describe a study:", *errors]))
validate(config, schema=str(SCHEMA))
