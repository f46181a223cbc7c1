"""path: a file or folder that can't be read, or holds no definitions. ``check`` exits with 2 then: it could not run."""

from tallystick.definition.problem import Problem, Rule, show

RULE = Rule("path")


def missing(file: str) -> Problem:
    """There is nothing of that name."""
    return RULE.of_file(file, "no such file or folder")


def unreadable(file: str, fault: OSError) -> Problem:
    """The operating system refuses."""
    return RULE.of_file(file, f"can't be read: {show(fault.strerror or str(fault))}")


def empty(file: str) -> Problem:
    """A folder without any definition."""
    return RULE.of_file(file, "no *.yaml or *.yml files in it")
