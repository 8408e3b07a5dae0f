"""Questions over pairs, in MMVP's form: one question, two options, two images, opposite answers."""
