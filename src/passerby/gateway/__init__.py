"""Live cameras of one site: processes, signals and housekeeping."""
