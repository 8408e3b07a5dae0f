"""Made-up studies, by the keys of `figures/inputs.py`."""
