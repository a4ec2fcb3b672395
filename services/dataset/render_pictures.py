"""Makes PNGs of pictures in a worker's child, for tools that take nothing else."""

import json
from collections.abc import Sequence

from bakehouse.cache.keys import compute_key
from bakehouse.cache.shards import Tensor, write_shard
from bakehouse.digest import Digest
from bakehouse.jobs.failures import ItemFailure
from bakehouse.jobs.stage import UnitOutputs, UnitRequest
from bakehouse.spec import parse_spec
from services.dataset.domain.rendering import RENDER_KIND, RENDER_REVISION, Rendering
from services.dataset.ports import Renderer

_BATCH_ITEMS = 4


class RenderWork:
    """A unit of pictures, named by their digests."""

    def __init__(self, request: UnitRequest, renderer: Renderer) -> None:
        self._blobs = request.blobs
        self._renderer = renderer
        self._wanted = parse_spec(Rendering, request.spec, what="render")
        self._items: list[str] = json.loads(request.payload)
        self._made: dict[str, Digest] = {}

    @property
    def batches(self) -> Sequence[Sequence[str]]:
        """See `UnitWork`."""
        return [self._items[at : at + _BATCH_ITEMS] for at in range(0, len(self._items), _BATCH_ITEMS)]

    def run(self, items: Sequence[str]) -> Sequence[ItemFailure]:
        """See `UnitWork`."""
        for item in items:
            picture = self._renderer.render(self._blobs.get(Digest(item)), self._wanted)
            self._made[item] = self._blobs.put(picture)
        return ()

    def close(self) -> UnitOutputs:
        """See `UnitWork`."""
        if not self._made:
            return UnitOutputs(outputs=None)
        made = sorted(self._made.items())
        rows = [(render_key(Digest(item), self._wanted), _row(digest)) for item, digest in made]
        shard = write_shard(self._blobs, rows)
        return UnitOutputs(outputs=shard.outputs(), blobs=[shard.digest, *sorted(set(self._made.values()))])


def render_key(picture: Digest, wanted: Rendering) -> Digest:
    """What a picture made so is remembered by."""
    return compute_key(RENDER_KIND, RENDER_REVISION, {**wanted.inputs(), "picture": picture})


def _row(digest: Digest) -> Tensor:
    data = digest.encode()
    return Tensor(dtype="U8", shape=(len(data),), data=data)
