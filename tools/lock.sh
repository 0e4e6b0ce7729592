#!/bin/sh
# Write requirements.lock from an environment. Usage: lock.sh BIN
set -eu
{
    echo "# Exact versions that passerby is developed and tested with; used as constraints (pip install -c)."
    echo "# Rewritten by: make lock"
    "$1/pip" freeze --exclude-editable | grep -v '^passerby\b' | sort -f
} >requirements.lock.new
mv requirements.lock.new requirements.lock
