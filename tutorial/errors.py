"""The one way in which a command fails: a line for the user, and an exit code."""


class TutorialError(Exception):
    """Something failed: one line that says what is wrong, where, and what to do.

    Attributes
    ----------
    exit_code : int
        What the command returns.
    """

    exit_code = 1


class UsageError(TutorialError):
    """The command was asked for something that cannot be; nothing has run yet."""

    exit_code = 2
