"""Plans and finalises `encoder.texts`: which texts have no hidden states yet, and where all are."""

from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import Any

from bakehouse.base_model import BaseModel, load_base_model
from bakehouse.cache.once import Locations, Once
from bakehouse.canonical_json import Json
from bakehouse.errors import CorruptionError, InvalidInputError
from bakehouse.jobs.plan import PlanWriter
from bakehouse.jobs.stage import FinaliseRequest, PlanRequest, PlanSummary
from bakehouse.manifest.schema import KEPT
from bakehouse.spec import parse_spec
from services.encoder.caption_texts import KIND, PlacedText, TextKeys, read_texts
from services.encoder.domain.caption_text import BATCH_ITEMS, KeyedText, cut_text_units
from services.encoder.manifests import Outcome, Row, load_input, outcome_of, save_table
from services.encoder.specs import TextsSpec
from services.encoder.units import TEXT_WIRE

CAPTIONS = "captions"

_CHUNK_ITEMS = 65_536


def plan(request: PlanRequest, plan: PlanWriter) -> PlanSummary:
    """Add every text whose hidden states are not known to `plan`.

    Raises:
        InvalidInputError: spec or captions are wrong, or there are none.
        NotFoundError: the base model is not registered.
    """
    spec, model = _asked(request)
    _, captions = load_input(request.blobs, request.inputs, CAPTIONS, tables=[CAPTIONS])
    if not captions.tables[CAPTIONS].states.get(KEPT):
        raise InvalidInputError(
            "no picture has a caption; write a .txt beside each, name a tagger under captioning, or choose "
            "caption_strategy filename or instanceprompt",
            field=CAPTIONS,
        )
    keys = TextKeys(model, spec)
    empty = [keys.empty()] if spec.dropout else []
    texts = chain(empty, (placed.text for placed in read_texts(request.blobs, captions, keys)))
    once = _once(request, model)
    missing = once.misses((text.key, text) for text in texts)
    num_texts = captions.tables[CAPTIONS].num_rows + len(empty)
    unit_items = request.sizing.unit_items(num_texts, multiple_of=BATCH_ITEMS)
    for unit in cut_text_units(missing, unit_items=unit_items):
        plan.add_unit(TEXT_WIRE.encode(unit), num_items=sum(map(len, unit.batches)))
    return PlanSummary(num_hits=once.num_hits, context={"hits": once.save_hits()})


def finalise(request: FinaliseRequest) -> Json:
    """Write the table `texts`, and let later jobs find what this one computed.

    Raises:
        StateError: no text could be encoded.
        BakehouseError: something that the plan found is gone or damaged.
    """
    spec, model = _asked(request)
    parent, captions = load_input(request.blobs, request.inputs, CAPTIONS, tables=[CAPTIONS])
    keys = TextKeys(model, spec)
    outcome = outcome_of(request.results)
    once = _once(request, model)
    context: Any = request.plan.context
    locations = once.locate(context["hits"], outcome.computed)
    writer = _RowWriter(locations, outcome, num_tokens=model.facts.stored_positions(spec.max_token_length))
    rows = writer.rows(read_texts(request.blobs, captions, keys))
    result = save_table(request, "texts", rows, outcome, parent=parent)
    once.publish(outcome.computed)
    return {**result, "empty": writer.empty(keys.empty()) if spec.dropout else None}


class _RowWriter:
    def __init__(self, locations: Locations, outcome: Outcome, *, num_tokens: int) -> None:
        self._locations = locations
        self._outcome = outcome
        self._num_tokens = num_tokens

    def rows(self, texts: Iterable[PlacedText]) -> Iterator[Row]:
        remaining = iter(texts)
        while chunk := list(islice(remaining, _CHUNK_ITEMS)):
            found = self._locations.find(placed.text.key for placed in chunk)
            for placed, entry in zip(chunk, found, strict=True):
                where: Row = {"sample_id": placed.sample_id, "variant": placed.variant}
                num_tokens = None if entry is None else self._num_tokens
                yield where | self._outcome.place(placed.text.key, entry) | {"num_tokens": num_tokens}

    def empty(self, text: KeyedText) -> Json:
        (entry,) = self._locations.find([text.key])
        if entry is None:
            raise CorruptionError("the empty text could not be encoded; see the worker's log and bake again")
        return {
            "key": text.key,
            "shard": entry.shard,
            "row": entry.row,
            "crc32c": entry.crc32c,
            "num_tokens": self._num_tokens,
        }


def _asked(request: PlanRequest | FinaliseRequest) -> tuple[TextsSpec, BaseModel]:
    spec = parse_spec(TextsSpec, request.spec, what="texts")
    model = load_base_model(request.blobs, spec.base_model)
    model.facts.stored_positions(spec.max_token_length)  # refuses a length that the family does not take
    return spec, model


def _once(request: PlanRequest | FinaliseRequest, model: BaseModel) -> Once[KeyedText]:
    return Once(request.blobs, kind=KIND, encoder=model.components["text_encoder"], scratch=request.scratch)
