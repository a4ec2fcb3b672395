"""All pipelines in memory: for lists, for those that need driving, and for the datasets that they name."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bakehouse.digest import Digest
from bakehouse.rpc.names import DATASETS, PIPELINES
from bakehouse.rpc.paging import PageTokens, page_size
from gateway.pages import Page, PageWish, Shelf
from gateway.pipelines.record import Pipeline, PipelineState
from gateway.pipelines.steps import Mode

_PAGE = 200  # as messages a thousand could be more than 4 MiB


@dataclass(frozen=True, slots=True, kw_only=True)
class PipelineFilter:
    """Which pipelines of a project to list. None lets all pass."""

    state: PipelineState | None = None
    mode: Mode | None = None

    def passes(self, pipeline: Pipeline) -> bool:
        """Whether a pipeline is to be listed."""
        body = pipeline.body
        return self.state in {None, body.state} and self.mode in {None, body.mode}


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """A dataset, as the newest pipeline that names it has it. `time` is when that was accepted."""

    project: str
    id: str
    listing: Digest | None
    pipeline: str
    time: str


class PipelineListing:
    """The pipelines of each project, by the time they were created. `observers` hear of each revision."""

    def __init__(self, tokens: PageTokens) -> None:
        self._tokens = tokens
        self._shelves: dict[str, Shelf[Pipeline]] = {}
        self._datasets: dict[str, dict[str, Dataset]] = {}
        self._unsettled: dict[tuple[str, str], Pipeline] = {}
        self.observers: list[Callable[[Pipeline], None]] = []

    def note(self, pipeline: Pipeline) -> None:
        """Take a revision."""
        project, name = pipeline.resource.project, pipeline.resource.id
        shelf = self._shelves.setdefault(project, Shelf())
        held = shelf.get(name)
        if held is not None and pipeline.resource.version < held.resource.version:
            return
        shelf.put(name, pipeline, time=pipeline.resource.create_time)
        if pipeline.body.is_settled:
            self._unsettled.pop((project, name), None)
        else:
            self._unsettled[project, name] = pipeline
        self._note_datasets(pipeline)
        for observer in self.observers:
            observer(pipeline)

    def find(self, project: str, pipeline: str) -> Pipeline | None:
        """A pipeline as it was last noted; None where it was not."""
        return self._shelves.get(project, Shelf[Pipeline]()).get(pipeline)

    def unsettled(self) -> Iterator[Pipeline]:
        """Those that are not over, or over and not announced."""
        return iter(list(self._unsettled.values()))

    def page(self, project: str, chosen: PipelineFilter, wanted: PageWish) -> Page[Pipeline]:
        """A page of a project's pipelines, the newest first.

        Raises:
            InvalidInputError: no page can be so.
        """
        binding = (PIPELINES, project, chosen.state or "", chosen.mode or "")
        shelf = self._shelves.get(project, Shelf[Pipeline]())
        return shelf.page(wanted, self._tokens, *binding, keep=chosen.passes, most=_PAGE)

    def dataset(self, project: str, name: str) -> Dataset | None:
        """A dataset; None where no recipe names it."""
        return self._datasets.get(project, {}).get(name)

    def datasets(self, project: str, wanted: PageWish) -> Page[Dataset]:
        """A page of a project's datasets, by id.

        Raises:
            InvalidInputError: no page can be so.
        """
        binding = (DATASETS, project)
        size, after = page_size(wanted.size), self._tokens.unseal(wanted.token, *binding)
        held = self._datasets.get(project, {})
        names = [name for name in sorted(held) if name > after]
        is_last = len(names) <= size
        return Page(
            entries=[held[name] for name in names[:size]],
            next="" if is_last else self._tokens.seal(names[size - 1], *binding),
        )

    def _note_datasets(self, pipeline: Pipeline) -> None:
        resource = pipeline.resource
        held = self._datasets.setdefault(resource.project, {})
        for named in pipeline.body.datasets:
            found = held.get(named.id)
            if found is None or (found.time, found.pipeline) <= (resource.create_time, resource.id):
                held[named.id] = Dataset(
                    project=resource.project,
                    id=named.id,
                    listing=named.listing,
                    pipeline=resource.id,
                    time=resource.create_time,
                )
