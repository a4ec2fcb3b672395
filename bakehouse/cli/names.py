"""Names as people type them: in full, or a job's id alone."""

from bakehouse.rpc.names import JOBS, PROJECTS, ResourceName, parse_name


def job_named(text: str, project: str) -> ResourceName:
    """The job that `text` means: its name, or its id in `project`.

    Raises:
        InvalidInputError: it is neither.
    """
    return parse_name(_in_full(text, project), JOBS, field="NAME")


def watched_name(text: str, project: str) -> ResourceName:
    """The same, but a project's name is one, too.

    Raises:
        InvalidInputError: it is none of these.
    """
    return parse_name(_in_full(text, project), JOBS, PROJECTS, field="NAME")


def _in_full(text: str, project: str) -> str:
    return text if "/" in text else f"{PROJECTS}/{project}/{JOBS}/{text}"
