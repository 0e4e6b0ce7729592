#!/bin/sh
# Run the fast tests with the lowest or highest versions that pyproject.toml allows. Usage: versions.sh RESOLUTION PYTHON WORKERS
# RESOLUTION is uv's: lowest-direct or highest. The environment is .venv-RESOLUTION; nothing else is touched.
set -eu
cd "$(dirname "$0")/.."
resolution=$1 python=$(tools/python.sh ${2:+"$2"}) workers=$3
folder=.venv-$resolution
rm -rf "$folder"
"$python" -m venv "$folder"
"$folder/bin/pip" install --quiet --disable-pip-version-check uv
echo "Installing the $resolution versions ..."
VIRTUAL_ENV=$folder "$folder/bin/uv" pip install --quiet --resolution "$resolution" -e '.[dev]'
"$folder/bin/pytest" -n "$workers" --dist worksteal -q -m "not slow"
