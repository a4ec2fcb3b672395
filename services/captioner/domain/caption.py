"""From a picture's scores to its caption: thresholds, order, and where the trigger word goes. Pure."""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from services.captioner.domain.captioning import Captioning
from services.captioner.domain.spelling import same_tag, spelled
from services.captioner.domain.tag_list import Category, Tag

CAPTIONS_REVISION = 1
SCORE_FLOOR = 0.05  # tags below it are not listed with a caption; their scores stay in the cache

Scores = npt.NDArray[np.float16]


class ScoredTag(NamedTuple):
    """A tag under its own name, and how sure the tagger is of it, 0 to 1."""

    name: str
    score: float


class CaptionWriter:
    """Writes the captions of one dataset entry.

    Scores are (num_tags,) float16 in 0..1, in the order of the tag list. A tag is in where its score is at
    least its category's threshold; ratings never are. The surest comes first, equal scores in list order.
    """

    def __init__(self, tags: Sequence[Tag], captioning: Captioning) -> None:
        thresholds = {
            Category.GENERAL: captioning.general_threshold,
            Category.CHARACTER: captioning.character_threshold,
        }
        # The trigger is written once, in front.
        barred = {same_tag(name) for name in (*captioning.undesired_tags, captioning.trigger_word)}
        self._keys = [same_tag(tag.name) for tag in tags]
        self._thresholds = np.array(
            [
                np.inf if key in barred else thresholds.get(tag.category, np.inf)
                for key, tag in zip(self._keys, tags, strict=True)
            ],
            np.float32,
        )
        first = {
            same_tag(name): place for place, name in reversed([*enumerate(captioning.always_first_tags)])
        }
        self._places = [first.get(key, len(first)) for key in self._keys]
        self._texts = [spelled(tag.name, remove_underscore=captioning.remove_underscore) for tag in tags]
        self._trigger = captioning.trigger_word.strip()
        self._separator = captioning.caption_separator

    def write(self, scores: Scores) -> str:
        """The caption of a picture; empty where no tag is in and there is no trigger word."""
        return self.extend("", scores)

    def extend(self, text: str, scores: Scores) -> str:
        """`text` with the tags that it lacks behind it, and the trigger word, if it lacks that, before it."""
        mark = self._separator.strip() or self._separator
        text = text.strip().removesuffix(mark).rstrip()
        present = {same_tag(part) for part in text.split(mark)}
        new = [self._texts[index] for index in self._chosen(scores) if self._keys[index] not in present]
        return self._joined(["" if self._has_trigger(text) else self._trigger, text, *new])

    def _chosen(self, scores: Scores) -> list[int]:
        indices = _surest_first(scores, np.flatnonzero(scores.astype(np.float32) >= self._thresholds))
        return sorted(indices, key=self._places.__getitem__)

    def _has_trigger(self, text: str) -> bool:
        return re.search(rf"(?<!\w){re.escape(self._trigger)}(?!\w)", text, re.IGNORECASE) is not None

    def _joined(self, parts: Iterable[str]) -> str:
        return self._separator.join(part for part in parts if part)


def listed_tags(tags: Sequence[Tag], scores: Scores) -> list[ScoredTag]:
    """All tags whose score is at least `SCORE_FLOOR`, ratings too, the surest first.

    Args:
        tags: the tag list.
        scores: (num_tags,) float16 in 0..1.
    """
    indices = _surest_first(scores, np.flatnonzero(scores >= np.float16(SCORE_FLOOR)))
    found: list[float] = scores[indices].tolist()
    return [ScoredTag(tags[index].name, score) for index, score in zip(indices, found, strict=True)]


def _surest_first(scores: Scores, indices: npt.NDArray[np.intp]) -> list[int]:
    order = np.argsort(-scores[indices].astype(np.float32), kind="stable")
    found: list[int] = indices[order].tolist()
    return found
