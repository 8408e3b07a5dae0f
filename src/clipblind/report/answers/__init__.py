"""The part of a report that tells who answered what: scores, agreement, costs, and a sheet."""
