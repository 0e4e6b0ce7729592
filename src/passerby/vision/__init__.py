"""Finds what is in a frame, never who it is.

Importing OpenVINO reports the import to Google Analytics, with an identifier for this machine and user that it
stores in ~/intel. A gateway must not report its existence to anyone: without the module `openvino_telemetry`,
OpenVINO sends nothing.
"""

import sys

sys.modules["openvino_telemetry"] = None  # type: ignore[assignment] # the documented way to make an import fail
