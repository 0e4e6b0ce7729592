"""The networks: pictures in, detections out."""
