"""A dataset of images, checked. What each option does: `options.py`."""

from dataclasses import dataclass

from bakehouse.dataset_config.entry_checks import KOHYA_KEYS, kohya_of, problems_of, prompts_of
from bakehouse.dataset_config.entry_fields import EntryFields, ShuffleBlock
from bakehouse.dataset_config.kohya_options import KohyaOptions
from bakehouse.errors import InvalidInputError


@dataclass(frozen=True, slots=True, kw_only=True)
class EntrySpec(EntryFields):
    """One dataset, in which nothing is wrong."""

    def __post_init__(self) -> None:
        if problems := list(problems_of(self)):
            raise InvalidInputError("; ".join(problems), field=problems[0].partition(":")[0])

    @property
    def prompts(self) -> tuple[str, ...]:
        """The instance prompt's alternatives, stripped, the empty ones left out."""
        return prompts_of(self)

    @property
    def kohya(self) -> KohyaOptions | None:
        """The options of kohya's bucketing, where it is asked for."""
        return kohya_of(self)

    @property
    def is_active_at_start(self) -> bool:
        """Whether the first step may draw from it."""
        return self.start_epoch <= 1 and self.start_step <= 1 and self.probability > 0

    def without_effect(self) -> dict[str, str]:
        """Options that are set and change nothing because of others, with the reason."""
        found = self._idle_captions()
        if self.enable_bucket is False:
            idle = [name for name in KOHYA_KEYS[1:] if getattr(self, name) is not None]
            return found | dict.fromkeys(idle, "no effect without enable_bucket: there is one bucket")
        if not self.crop:
            if self.maximum_image_size is not None:
                found["maximum_image_size"] = found["target_downsample_size"] = "no effect without crop"
            if self.crop_aspect != "square":
                found["crop_aspect"] = "no effect without crop: the picture keeps its shape"
        if self.crop_aspect_buckets and not (self.crop and self.crop_aspect in {"closest", "random"}):
            found["crop_aspect_buckets"] = "no effect but with crop and crop_aspect closest or random"
        return found

    def _idle_captions(self) -> dict[str, str]:
        found = {}
        if self.parquet is not None and "parquet" not in {self.caption_strategy, self.metadata_backend}:
            found["parquet"] = "no effect without caption_strategy or metadata_backend parquet"
        if self.caption_shuffle == ShuffleBlock():
            return found
        if not self.caption_shuffle.enable:
            found["caption_shuffle"] = "no effect without its enable: true"
        elif self.only_instance_prompt or self.caption_strategy == "instanceprompt":
            found["caption_shuffle"] = "no effect on instance prompts"
        return found
