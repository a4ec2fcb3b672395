"""Samples: PNGs drawn with the model as it is at work."""

import io
from contextlib import AbstractContextManager, nullcontext

import torch
from PIL import Image

from bakehouse.models.sampling import LoadedModel, SampleRequest, draw_picture
from services.trainer.training_spec import SamplePrompt, TrainingSpec


class SamplePainter:
    """Paints with the live modules; LoRA layers have no dropout, so that their mode does not matter."""

    def __init__(self, model: LoadedModel, spec: TrainingSpec) -> None:
        self._model = model
        self._spec = spec

    def paint(self, prompt: SamplePrompt) -> bytes:
        """As the port says."""
        assert prompt.seed is not None and prompt.width and prompt.height  # noqa: PT018 - it is complete
        request = SampleRequest(
            prompt=prompt.prompt,
            negative_prompt=prompt.negative_prompt,
            seed=prompt.seed,
            width=prompt.width,
            height=prompt.height,
            steps=self._spec.sample_steps,
            guidance=self._spec.sample_guidance,
            max_token_length=self._spec.max_token_length,
            clip_skip=self._spec.clip_skip,
        )
        with self._precision():
            pixels = draw_picture(self._model, request)
        file = io.BytesIO()
        Image.fromarray(pixels.numpy()).save(file, format="PNG")
        return file.getvalue()

    def _precision(self) -> AbstractContextManager[object]:
        # The base is in half precision and its LoRA is not; autocast lets them meet.
        dtype = {"bf16": torch.bfloat16, "fp16": torch.float16}.get(self._spec.mixed_precision)
        if dtype is None:
            return nullcontext()
        return torch.autocast(self._model.vae.device.type, dtype=dtype)
