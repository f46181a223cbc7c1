"""empty-document: a file that defines nothing."""

from tallystick.definition.problem import Problem, Rule

RULE = Rule("empty-document", "warning")


def problem(file: str) -> Problem:
    """A file without any document, or with empty ones alone."""
    return RULE.of_file(file, "the file is empty", "write a definition into it, or remove it")
