"""kohya's bucketing options as a user writes them, checked."""

from collections.abc import Iterator
from dataclasses import dataclass


def kohya_limits(minimum: int, maximum: int, steps: int) -> tuple[int, int]:
    """The shortest and the longest edge of a bucket: `minimum` and `maximum` as multiples of `steps`."""
    return minimum // steps * steps, -(-maximum // steps) * steps


@dataclass(frozen=True, slots=True, kw_only=True)
class KohyaOptions:
    """All of it in pixels; `width` and `height` are those of the resolution."""

    width: int
    height: int
    enable_bucket: bool = True
    min_bucket_reso: int = 256
    max_bucket_reso: int = 1024
    bucket_reso_steps: int = 64
    bucket_no_upscale: bool = False

    @property
    def resolution(self) -> str:
        """The resolution as a user writes it."""
        return str(self.width) if self.width == self.height else f"{self.width},{self.height}"

    def problems(self) -> Iterator[str]:
        """What can't be, each as `key: value and remedy`."""
        if self.bucket_reso_steps < 1:
            yield f"bucket_reso_steps: {self.bucket_reso_steps}; give a multiple of the model's alignment"
        elif self.enable_bucket:
            yield from self._limits()

    def misaligned(self, alignment: int) -> str | None:
        """What the base model, whose buckets are multiples of `alignment`, can't take, None for nothing."""
        name, values = "bucket_reso_steps", [self.bucket_reso_steps]
        if not self.enable_bucket:
            name, values = "resolution", [self.width, self.height]
        odd = [value for value in values if value % alignment]
        return f"{name}: {odd[0]} is no multiple of the base model's {alignment}; give one" if odd else None

    def _limits(self) -> Iterator[str]:
        steps = self.bucket_reso_steps
        shortest, longest = kohya_limits(self.min_bucket_reso, self.max_bucket_reso, steps)
        if shortest < 1:
            yield f"min_bucket_reso: {self.min_bucket_reso} is less than bucket_reso_steps {steps}; raise it"
        if min(self.width, self.height) < shortest:
            yield f"min_bucket_reso: {self.min_bucket_reso} is above resolution {self.resolution}; lower it"
        if max(self.width, self.height) > longest:
            yield f"max_bucket_reso: {self.max_bucket_reso} is below resolution {self.resolution}; raise it"
