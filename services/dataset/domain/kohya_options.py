"""kohya's bucketing options as a user writes them, checked, and the rules that they give."""

from collections.abc import Iterator
from dataclasses import dataclass

from services.dataset.domain.rules import KohyaRules, kohya_limits


@dataclass(frozen=True, slots=True, kw_only=True)
class KohyaOptions:
    """What each is: `services/dataset/domain/options.py`. `resolution` is the edge of a square, in pixels."""

    resolution: float
    enable_bucket: bool = True
    min_bucket_reso: int = 256
    max_bucket_reso: int = 1024
    bucket_reso_steps: int = 64
    bucket_no_upscale: bool = False

    def problems(self) -> Iterator[str]:
        """What can't be, each as `key: value and remedy`."""
        if self.bucket_reso_steps < 1:
            yield f"bucket_reso_steps: {self.bucket_reso_steps}; give a multiple of the model's alignment"
        elif self.enable_bucket:
            yield from self._limits()

    def misaligned(self, alignment: int) -> str | None:
        """What the base model, whose buckets are multiples of `alignment`, can't take, None for nothing."""
        name, value = "bucket_reso_steps", self.bucket_reso_steps
        if not self.enable_bucket:
            name, value = "resolution", int(self.resolution)
        if value % alignment == 0:
            return None
        return f"{name}: {value} is no multiple of the base model's {alignment}; give one"

    def rules(self) -> KohyaRules:
        """The rules of options without problems."""
        shortest, longest = kohya_limits(self.min_bucket_reso, self.max_bucket_reso, self.bucket_reso_steps)
        return KohyaRules(
            width=int(self.resolution),
            height=int(self.resolution),
            minimum=shortest,
            maximum=longest,
            steps=self.bucket_reso_steps,
            no_upscale=self.bucket_no_upscale,
            enable_bucket=self.enable_bucket,
        )

    def _limits(self) -> Iterator[str]:
        steps = self.bucket_reso_steps
        shortest, longest = kohya_limits(self.min_bucket_reso, self.max_bucket_reso, steps)
        if shortest < 1:
            yield f"min_bucket_reso: {self.min_bucket_reso} is less than bucket_reso_steps {steps}; raise it"
        if self.resolution < shortest:
            yield f"min_bucket_reso: {self.min_bucket_reso} is above resolution {self.resolution:g}; lower it"
        if self.resolution > longest:
            yield f"max_bucket_reso: {self.max_bucket_reso} is below resolution {self.resolution:g}; raise it"
