#!/usr/bin/env bash
# Make a virtual environment that holds ndd 1.10.6, built from source. Usage: install_ndd.sh FOLDER
set -euo pipefail

python -c 'import sys; sys.exit(sys.version_info >= (3, 12) and "ndd needs Python < 3.12, this is " + sys.version)'
command -v gfortran > /dev/null || { echo "ndd needs a Fortran compiler: install gfortran" >&2; exit 1; }

python -m venv "$1"
"$1/bin/python" -m pip install --quiet "numpy==1.26.4" "setuptools==59.8.0" "wheel==0.45.1"
# Its build relies on numpy.distutils, which an isolated build with current packages lacks.
"$1/bin/python" -m pip install --quiet --no-build-isolation "ndd==1.10.6"
