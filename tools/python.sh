#!/bin/sh
# Print a Python that can create environments, or one line about what is missing. Usage: python.sh [PYTHON]
for python in ${1:-python3.11 python3 python3.12 python3.13}; do
    if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        if "$python" -c 'import ensurepip, venv' 2>/dev/null; then
            command -v "$python"
            exit 0
        fi
        found=$python
    fi
done
if [ -n "$found" ]; then
    echo "make: $found cannot create environments: install its venv module (Debian: apt-get install python3-venv)" >&2
else
    echo "make: Python 3.11 or newer is missing: install it (Debian: apt-get install python3 python3-venv)" \
        "or name it with PYTHON=..." >&2
fi
exit 1
