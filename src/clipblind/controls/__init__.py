"""Controls: what could make a finding look true that isn't, and whether it does."""
