"""What may stand in `conf/`, typed, checked and frozen; one file a section."""
