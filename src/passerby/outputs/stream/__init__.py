"""Covered pictures to viewers, encoded only while somebody watches."""
