"""Write covered pictures, signals and plots to files."""
