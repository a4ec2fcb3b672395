"""The rows that tagging changes in a captions table: what the tagger saw, or why it could not look."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

import numpy as np

from bakehouse.blobs.blobs import Blobs
from bakehouse.cache.once import Locations
from bakehouse.cache.shards import ShardReader
from bakehouse.errors import CorruptionError
from bakehouse.jobs.failures import FailureClass, ItemFailure
from bakehouse.manifest.identity import SampleId
from bakehouse.manifest.schema import FAILED, KEPT
from services.captioner.domain.caption import CaptionWriter, Scores, listed_tags
from services.captioner.domain.captioning import TagSpec
from services.captioner.domain.tag_list import Tag
from services.captioner.domain.tagger_files import TaggerFiles
from services.captioner.keys import KeyedPicture, keyed_pictures
from services.captioner.snapshot import Sample, SourceCaption

TAGGER = "tagger"  # the source of a caption that only has tags
BROKEN = "broken"  # the reason of a picture that can't be read

# A row of scores of a real tagger is 22 kB, and its tags are a hundred objects.
_CHUNK_ITEMS = 512

Row = dict[str, object]


class StoredScores:
    """Rows of scores, hits and new ones alike, by key."""

    def __init__(self, blobs: Blobs, locations: Locations, *, num_tags: int) -> None:
        self._reader = ShardReader(blobs)
        self._locations = locations
        self._num_tags = num_tags

    def of(self, pictures: Sequence[KeyedPicture]) -> list[Scores | None]:
        """Each picture's scores, (num_tags,) float16; None where there are none.

        Raises:
            NotFoundError, CorruptionError: a shard is not there, or not what it should be.
        """
        found = self._locations.find(keyed.key for keyed in pictures)
        tensors = iter(self._reader.read_many(entry for entry in found if entry))
        return [self._scores(next(tensors).data) if entry else None for entry in found]

    def _scores(self, data: bytes) -> Scores:
        scores = np.frombuffer(data, "<f2")
        if scores.shape != (self._num_tags,):
            raise CorruptionError(
                f"a row of {len(scores)} scores for {self._num_tags} tags; delete its shard and bake again"
            )
        return scores


class Captions:
    """Captions of samples by the rules of their entries."""

    def __init__(
        self,
        spec: TagSpec,
        files: TaggerFiles,
        tags: Sequence[Tag],
        scores: StoredScores,
        failures: Iterable[ItemFailure],
    ) -> None:
        self._spec = spec
        self._files = files
        self._tags = tags
        self._scores = scores
        self._failures = {failure.item: failure for failure in failures}
        self._writers: dict[str, CaptionWriter] = {}

    def written(self, samples: Iterable[Sample]) -> Iterator[Sequence[Row]]:
        """The rows of all samples that the tagger looks at, those of some hundreds at a time.

        Raises:
            CorruptionError: a picture has neither scores nor a failure, or its scores are damaged.
        """
        waiting = (sample for sample in samples if self._is_tagged(sample))
        while chunk := list(islice(waiting, _CHUNK_ITEMS)):
            keyed = list(keyed_pictures(self._files, (sample.picture for sample in chunk)))
            found = zip(chunk, keyed, self._scores.of(keyed), strict=True)
            yield [row for one in found for row in self._rows(*one)]

    def replaced(self, samples: Iterable[Sample]) -> Iterator[SampleId]:
        """The samples that lose the captions that they have."""
        for sample in samples:
            if sample.captions and self._is_tagged(sample) and not self._is_extended(sample):
                yield sample.sample_id

    def _is_tagged(self, sample: Sample) -> bool:
        return sample.needs_tags(self._spec.captioning_of(sample.entry))

    def _is_extended(self, sample: Sample) -> bool:
        return sample.has_caption and self._spec.captioning_of(sample.entry).existing == "append"

    def _rows(self, sample: Sample, keyed: KeyedPicture, scores: Scores | None) -> Iterator[Row]:
        fresh = (SourceCaption(variant=0, text="", source=TAGGER),)
        for caption in sample.captions if self._is_extended(sample) else fresh:
            row: Row = {
                "sample_id": sample.sample_id,
                "variant": caption.variant,
                "source": caption.source,
                "key": keyed.key,
            }
            yield row | (
                self._failed(keyed, caption) if scores is None else self._kept(sample, caption, scores)
            )

    def _kept(self, sample: Sample, caption: SourceCaption, scores: Scores) -> Row:
        text = self._writer(sample.entry).extend(caption.text, scores)
        return {
            "text": text,
            "tags": listed_tags(self._tags, scores),
            "state": KEPT,
            "reason": None,
            "detail": None,
        }

    def _failed(self, keyed: KeyedPicture, caption: SourceCaption) -> Row:
        failure = self._failures.get(keyed.picture)
        if failure is None:
            raise CorruptionError(f"picture {keyed.picture} has neither scores nor a failure; bake again")
        return {
            "text": caption.text or None,
            "tags": None,
            "state": FAILED,
            "reason": BROKEN if failure.failure_class is FailureClass.INPUT else str(failure.failure_class),
            "detail": failure.reason,
        }

    def _writer(self, entry: str) -> CaptionWriter:
        if entry not in self._writers:
            self._writers[entry] = CaptionWriter(self._tags, self._spec.captioning_of(entry))
        return self._writers[entry]
