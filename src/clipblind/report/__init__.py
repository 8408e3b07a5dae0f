"""The report: one self-contained page that tells the study's story from its tables."""
