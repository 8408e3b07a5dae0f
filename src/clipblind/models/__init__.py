"""Model files on disk: where they lie, which files hold what, how they are loaded and trained."""
