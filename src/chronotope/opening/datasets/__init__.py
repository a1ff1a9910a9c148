"""xarray datasets to Fields."""
