"""What is in a frame, never who.

Importing OpenVINO reports the import to Google Analytics, with a number for this machine and user that it keeps
in ~/intel. A gateway tells nobody that it is there: without the module `openvino_telemetry` nothing is sent.
"""

import sys

sys.modules["openvino_telemetry"] = None  # type: ignore[assignment] # the documented way to make an import fail
