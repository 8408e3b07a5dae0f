"""The error that a user can mend."""


class UserError(Exception):
    """Bad input: its text is one sentence that says what is wrong, where, and what to do.

    The command line prints the text without a stack trace and exits with status 1.
    """
