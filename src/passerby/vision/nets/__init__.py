"""The networks: they turn pictures into detections."""
