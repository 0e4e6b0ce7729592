"""Who uses the gateway and what each may do; knows no web framework and no cameras but their names."""
