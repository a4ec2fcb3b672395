"""Computes the encoder's units in a worker's child: models stay loaded from one unit to the next."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future
from contextlib import contextmanager

from bakehouse.base_model import BaseModel
from bakehouse.cache.shards import Tensor, write_shard
from bakehouse.canonical_json import canonical_bytes
from bakehouse.digest import Digest
from bakehouse.errors import CorruptionError, InvalidInputError, NotFoundError
from bakehouse.jobs.failures import ConfigError, FailureClass, ItemFailure
from bakehouse.jobs.stage import UnitOutputs, UnitRequest, UnitWork
from bakehouse.spec import parse_spec
from services.encoder.domain.crop import Crop
from services.encoder.ports import Encoder, Pixels, ReadCrop
from services.encoder.specs import LatentsSpec, TextsSpec
from services.encoder.units import LATENT_WIRE, REGISTER_WIRE, TEXT_WIRE


class EncoderRunner:
    """Opens units. See `bakehouse.jobs.stage.Runner`."""

    def __init__(self, encoder: Encoder, read_crop: ReadCrop, readers: Executor) -> None:
        """`readers` are the threads that pictures are read in while others are encoded."""
        self._encoder = encoder
        self._read_crop = read_crop
        self._readers = readers

    def open(self, request: UnitRequest) -> UnitWork:
        """Begin a unit.

        Raises:
            ConfigError: the base model can't be used, so no item is to blame.
        """
        with _blaming_the_job():
            match request.kind.rpartition(".")[2]:
                case "register":
                    return RegisterWork(request, self._encoder)
                case "latents":
                    return LatentWork(request, self._encoder, self._read_crop, self._readers)
                case "texts":
                    return TextWork(request, self._encoder)
        raise ConfigError(f"{request.kind}: the encoder has register, latents and texts")


class RegisterWork:
    """A base model being read. Its one item is the key of its description."""

    def __init__(self, request: UnitRequest, encoder: Encoder) -> None:
        self._request = request
        self._encoder = encoder
        self._unit = REGISTER_WIRE.decode(request.payload)
        self._model: BaseModel | None = None

    @property
    def batches(self) -> Sequence[Sequence[str]]:
        """The one item."""
        return [[self._unit.key]]

    def run(self, items: Sequence[str]) -> Sequence[ItemFailure]:  # noqa: ARG002 - there is one
        """Read the model.

        Raises:
            ConfigError: it can't be used.
        """
        with _blaming_the_job():
            self._model = self._encoder.describe(self._request.blobs, self._unit.files)
        return ()

    def close(self) -> UnitOutputs:
        """Store the description as the one row of a shard."""
        if self._model is None:
            return UnitOutputs(outputs=None)
        data = canonical_bytes(self._model.to_json())
        return _stored(self._request, {self._unit.key: Tensor(dtype="U8", shape=(len(data),), data=data)})


class LatentWork:
    """Crops being encoded. The pictures of a batch are read while the batch before is encoded."""

    def __init__(
        self, request: UnitRequest, encoder: Encoder, read_crop: ReadCrop, readers: Executor
    ) -> None:
        self._request = request
        self._encoder = encoder
        self._read_crop = read_crop
        self._readers = readers
        self._spec = parse_spec(LatentsSpec, request.spec, what="latents")
        self._batches = LATENT_WIRE.decode(request.payload).batches
        self._crops: Mapping[str, Crop] = {crop.key: crop for batch in self._batches for crop in batch}
        self._ahead: dict[str, Future[Pixels]] = {}
        self._rows: dict[Digest, Tensor] = {}
        encoder.prepare(request.blobs, self._spec)

    @property
    def batches(self) -> Sequence[Sequence[str]]:
        """The keys of the crops, in the batches of the plan."""
        return [[crop.key for crop in batch] for batch in self._batches]

    def run(self, items: Sequence[str]) -> Sequence[ItemFailure]:
        """Encode crops of one size; one that can't be read fails alone."""
        crops = [self._crops[item] for item in items]
        reading = [(crop, self._pixels(crop)) for crop in crops]
        self._read_ahead(items[-1])
        read: list[tuple[Crop, Pixels]] = []
        failures: list[ItemFailure] = []
        for crop, future in reading:
            try:
                read.append((crop, future.result()))
            except (InvalidInputError, NotFoundError, CorruptionError) as error:
                failures.append(_failed(crop.key, error.message))
        if read:
            failures += self._encode(read)
        return failures

    def close(self) -> UnitOutputs:
        """Store the latents in the order of the plan."""
        return _stored(self._request, {key: self._rows[key] for key in self._keys() if key in self._rows})

    def _encode(self, read: Sequence[tuple[Crop, Pixels]]) -> Iterator[ItemFailure]:
        found = self._encoder.encode_pictures(self._request.blobs, self._spec, [pixels for _, pixels in read])
        for (crop, _), latents in zip(read, found, strict=True):
            if latents is None:
                yield _failed(
                    crop.key,
                    f"picture {crop.picture[:12]}: the VAE gives NaN in {self._spec.dtype}; encode in "
                    "another dtype (float32), or use a VAE that was mended for it",
                )
            else:
                self._rows[crop.key] = latents

    def _pixels(self, crop: Crop) -> Future[Pixels]:
        return self._ahead.pop(crop.key, None) or self._readers.submit(self._read, crop)

    def _read(self, crop: Crop) -> Pixels:
        return self._read_crop(self._request.blobs.get(crop.picture), crop)

    def _read_ahead(self, last: str) -> None:
        """Begin to read the batch after the one that ends with `last`."""
        if not self._request.reads_ahead:
            return
        place = next((n for n, batch in enumerate(self._batches) if batch[-1].key == last), None)
        if place is not None and place + 1 < len(self._batches):
            for crop in self._batches[place + 1]:
                if crop.key not in self._ahead:
                    self._ahead[crop.key] = self._readers.submit(self._read, crop)

    def _keys(self) -> Iterator[Digest]:
        return (crop.key for batch in self._batches for crop in batch)


class TextWork:
    """Texts being encoded."""

    def __init__(self, request: UnitRequest, encoder: Encoder) -> None:
        self._request = request
        self._encoder = encoder
        self._spec = parse_spec(TextsSpec, request.spec, what="texts")
        self._batches = TEXT_WIRE.decode(request.payload).batches
        self._texts = {text.key: text.text for batch in self._batches for text in batch}
        self._rows: dict[Digest, Tensor] = {}
        encoder.prepare(request.blobs, self._spec)

    @property
    def batches(self) -> Sequence[Sequence[str]]:
        """The keys of the texts, in the batches of the plan."""
        return [[text.key for text in batch] for batch in self._batches]

    def run(self, items: Sequence[str]) -> Sequence[ItemFailure]:
        """Encode texts."""
        keys = [Digest(item) for item in items]
        texts = [self._texts[key] for key in keys]
        found = self._encoder.encode_texts(self._request.blobs, self._spec, texts)
        self._rows |= zip(keys, found, strict=True)
        return ()

    def close(self) -> UnitOutputs:
        """Store the hidden states in the order of the plan."""
        return _stored(self._request, {key: self._rows[key] for key in self._texts if key in self._rows})


def _stored(request: UnitRequest, rows: Mapping[Digest, Tensor]) -> UnitOutputs:
    if not rows:
        return UnitOutputs(outputs=None)
    shard = write_shard(request.blobs, [*rows.items()])
    return UnitOutputs(outputs=shard.outputs(), blobs=[shard.digest])


def _failed(key: str, reason: str) -> ItemFailure:
    return ItemFailure(item=key, failure_class=FailureClass.INPUT, reason=reason)


@contextmanager
def _blaming_the_job() -> Iterator[None]:
    try:
        yield
    except (InvalidInputError, NotFoundError, CorruptionError) as error:
        raise ConfigError(error.message) from error
