"""Matching: texts with images, pattern by pattern, and how that goes with contenders."""
