"""The texts of a captions table with the keys of their hidden states."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bakehouse.base_model import BaseModel
from bakehouse.blobs.blobs import Blobs
from bakehouse.cache.keys import KeyFormat
from bakehouse.canonical_json import Json
from bakehouse.manifest.header import Manifest
from bakehouse.manifest.identity import SampleId
from bakehouse.manifest.reading import TableReader
from bakehouse.manifest.schema import KEPT
from services.encoder.domain.caption_text import EMPTY, TEXT_REVISION, KeyedText
from services.encoder.specs import TextsSpec

KIND = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedText:
    """A text and the row of the captions table that says it."""

    sample_id: SampleId
    variant: int
    text: KeyedText


class TextKeys:
    """The keys of texts under one model and spec."""

    def __init__(self, model: BaseModel, spec: TextsSpec) -> None:
        constants: Mapping[str, Json] = {
            "tokenizer": model.components["tokenizer"],
            "text_encoder": model.components["text_encoder"],
            "max_token_length": spec.max_token_length,
            "clip_skip": spec.clip_skip,
            "dtype": spec.dtype,
        }
        self._keys = KeyFormat(KIND, TEXT_REVISION, constants=constants, columns=["text"])

    def of(self, texts: list[str]) -> Iterator[KeyedText]:
        """The texts with their keys, in their order."""
        for text, key in zip(texts, self._keys.keys({"text": texts}), strict=True):
            yield KeyedText(key=key, text=text)

    def empty(self) -> KeyedText:
        """The text of dropout and of the negative prompt."""
        (found,) = self.of([EMPTY])
        return found


def read_texts(blobs: Blobs, captions: Manifest, keys: TextKeys) -> Iterator[PlacedText]:
    """The texts of all kept rows in the order of the captions table, a part of it at a time.

    Raises:
        NotFoundError, CorruptionError: a part is not there, or damaged.
    """
    reader = TableReader(blobs, captions.tables["captions"], columns=["text", "state"])
    for batch in reader.batches():
        rows = [row for row in batch.to_pylist() if row["state"] in {KEPT, None} and row["text"] is not None]
        for row, text in zip(rows, keys.of([row["text"] for row in rows]), strict=True):
            yield PlacedText(sample_id=SampleId(row["sample_id"]), variant=row["variant"], text=text)
