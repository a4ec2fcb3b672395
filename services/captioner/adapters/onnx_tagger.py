"""WD14's taggers through onnxruntime: what a network must look like, and how it is run."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime
from onnxruntime.capi import onnxruntime_pybind11_state as faults

from bakehouse.blobs.blobs import Blobs
from bakehouse.digest import Digest
from bakehouse.jobs.failures import ConfigError
from bakehouse.logs import get_logger
from bakehouse.recent import Recent
from services.captioner.adapters.model_files import ModelFiles
from services.captioner.ports import Tagger

PROVIDERS = ("CUDAExecutionProvider", "CPUExecutionProvider")

_CHANNELS = 3
_ROUNDING = 1e-3  # a sigmoid in half precision may miss 0..1 by so much
_FAULTS = (
    faults.EPFail,
    faults.Fail,
    faults.InvalidArgument,
    faults.InvalidGraph,
    faults.InvalidProtobuf,
    faults.NoModel,
    faults.NotImplemented,
    faults.RuntimeException,
)

log = get_logger()


class OnnxTagger:
    """One network in memory. See `Tagger`."""

    def __init__(self, path: Path, *, num_threads: int) -> None:
        """Load it.

        Args:
            path: of the model.onnx.
            num_threads: how many threads compute.

        Raises:
            ConfigError: it is no ONNX file, or takes something else than NHWC pictures.
        """
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = num_threads
        options.inter_op_num_threads = 1
        try:
            self._session = onnxruntime.InferenceSession(str(path), options, providers=_providers())
        except _FAULTS as error:
            raise ConfigError(
                f"model.onnx can't be loaded ({type(error).__name__}); give one whole ONNX file, its weights "
                "inside, of an operator set that this onnxruntime knows"
            ) from error
        log.info("tagger_loaded", providers=self._session.get_providers())
        taken = self._session.get_inputs()
        if len(taken) != 1 or taken[0].type != "tensor(float)":
            raise ConfigError(
                f"model.onnx takes {', '.join(f'{one.name}: {one.type}' for one in taken)}; give a tagger "
                "that takes pictures as float32 alone"
            )
        self._input: str = taken[0].name
        self._output: str = self._session.get_outputs()[0].name
        self._batch, self.side = _batch_and_side(taken[0].shape)

    def score(self, squares: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """How sure it is of each tag."""
        scores = np.concatenate([self._run(batch) for batch in self._batches(squares)])[: len(squares)]
        low, high = float(scores.min()), float(scores.max())
        if not (low >= -_ROUNDING and high <= 1 + _ROUNDING):  # a NaN is refused here, too
            raise ConfigError(
                f"model.onnx gives values from {low:.3g} to {high:.3g}, which are no probabilities; give a "
                "tagger with its sigmoid inside"
            )
        probabilities: npt.NDArray[np.float32] = np.clip(scores, 0, 1)
        return probabilities

    def _batches(self, squares: npt.NDArray[np.float32]) -> Iterator[npt.NDArray[np.float32]]:
        """All at once, or as many as the network's fixed batch is, the last one filled up."""
        size = self._batch or len(squares)
        for start in range(0, len(squares), size):
            batch = squares[start : start + size]
            yield np.concatenate([batch, np.repeat(batch[-1:], size - len(batch), axis=0)])

    def _run(self, batch: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        try:
            (scores,) = self._session.run([self._output], {self._input: batch})
        except _FAULTS as error:
            if "allocat" in str(error).lower():
                raise MemoryError(f"{len(batch)} pictures at once do not fit") from error
            raise ConfigError(
                f"model.onnx fails at {len(batch)} pictures ({type(error).__name__}); see that it is whole"
            ) from error
        if scores.ndim != 2 or scores.dtype != np.float32:
            raise ConfigError(
                f"model.onnx gives {scores.dtype} of shape {scores.shape} for {len(batch)} pictures; its "
                "first output must be a float32 row of scores for each"
            )
        given: npt.NDArray[np.float32] = scores
        return given


class OnnxTaggers:
    """Loads taggers, and keeps the one used last. See `LoadTagger`."""

    def __init__(self, files: ModelFiles, *, num_threads: int) -> None:
        self._files = files
        self._num_threads = num_threads
        self._kept: Recent[Digest, OnnxTagger] = Recent(1)

    def __call__(self, shared: Blobs, model: Digest) -> Tagger:
        """The tagger of the blob `model`."""
        return self._kept.get(model, lambda: self._load(shared, model))

    def _load(self, shared: Blobs, model: Digest) -> OnnxTagger:
        path = self._files.path_of(shared, model, suffix=".onnx")
        return OnnxTagger(path, num_threads=self._num_threads)


def _providers() -> list[str]:
    available = onnxruntime.get_available_providers()
    if PROVIDERS[0] in available:
        onnxruntime.preload_dlls()  # CUDA's libraries lie in their own wheels, where the loader does not look
    return [name for name in PROVIDERS if name in available]


def _batch_and_side(shape: Sequence[int | str | None]) -> tuple[int | None, int]:
    """The fixed batch of a network's input, None where any will do, and the side of its square.

    Raises:
        ConfigError: it is not of shape (n, side, side, 3).
    """
    shown = f"[{', '.join(str(size) for size in shape)}]"
    if len(shape) == 4 and shape[1] == _CHANNELS and shape[3] != _CHANNELS:
        raise ConfigError(
            f"model.onnx takes pictures as {shown}, channels first (NCHW); give the ONNX export that takes "
            "[batch, side, side, 3], blue green red in 0..255, as WD14's own are"
        )
    if len(shape) != 4 or shape[3] != _CHANNELS or shape[1] != shape[2] or not isinstance(shape[1], int):
        raise ConfigError(
            f"model.onnx takes {shown}; give a tagger that takes [batch, side, side, 3] with a fixed side"
        )
    return shape[0] if isinstance(shape[0], int) else None, shape[1]
