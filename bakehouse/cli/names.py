"""Names as people type them: in full, or an id alone."""

from bakehouse.rpc.names import JOBS, PIPELINES, PROJECTS, ResourceName, parse_name

DEFAULT_PROJECT = "default"


def job_named(text: str, project: str) -> ResourceName:
    """The job that `text` means: its name, or its id in `project`.

    Raises:
        InvalidInputError: it is neither.
    """
    return parse_name(_in_full(text, project, JOBS), JOBS, field="NAME")


def pipeline_named(text: str, project: str) -> ResourceName:
    """The pipeline that `text` means: its name, or its id in `project`.

    Raises:
        InvalidInputError: it is neither.
    """
    return parse_name(_in_full(text, project, PIPELINES), PIPELINES, field="NAME")


def as_typed(name: str) -> str:
    """The shortest text that means this pipeline or job to commands: its id, in the default project."""
    found = parse_name(name, PIPELINES, JOBS, field="NAME")
    return found.id if found.project == DEFAULT_PROJECT else name


def names_of_work(text: str, project: str) -> list[ResourceName]:
    """What `text` may mean, the likeliest first: a pipeline's or a job's name, or an id of either.

    Raises:
        InvalidInputError: it is none of these.
    """
    if "/" in text:
        return [parse_name(text, PIPELINES, JOBS, field="NAME")]
    return [pipeline_named(text, project), job_named(text, project)]


def is_project(text: str) -> bool:
    """Whether `text` is a project's name.

    Raises:
        InvalidInputError: it is no name at all.
    """
    return "/" in text and parse_name(text, PIPELINES, JOBS, PROJECTS, field="NAME").collection == PROJECTS


def _in_full(text: str, project: str, collection: str) -> str:
    return text if "/" in text else f"{PROJECTS}/{project}/{collection}/{text}"
