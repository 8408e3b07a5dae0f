"""One composed study: its settings, its slices for rules, its provenance."""
