"""What a training job is asked for: kohya's names, decimals as text."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import Field

from bakehouse.cache.shards import IndexEntry
from bakehouse.digest import Digest, parse_digest
from bakehouse.errors import InvalidInputError
from bakehouse.schedule.options import EntryOptions, RunOptions
from services.trainer.domain.optimizer_args import AdamWOptions, parse_adamw_options

# Why an option would do nothing, and what to do about it.
_IDLE = {
    "text_encoder_lr": "network_train_unet_only is set; set it to false, or leave the rate out",
    "conv_alpha": "without conv_dim convolutions stay as they are; give conv_dim, or leave it out",
    "lr_scheduler_num_cycles": "only cosine_with_restarts has cycles; set lr_scheduler, or leave it out",
    "sample_every_n_epochs": "there are no sample_prompts; give some, or leave it out",
}

Rate = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class EntrySpec(EntryOptions):
    """A dataset entry: what its schedule depends on, and `prior`: regularisation."""

    prior: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CachedText:
    """Where the hidden states of a text are, as the texts stage's result says."""

    key: str
    shard: str
    row: int
    crc32c: int
    num_tokens: int | None = None

    @property
    def place(self) -> IndexEntry:
        """The same for a shard reader."""
        key, shard = parse_digest(self.key, field="key"), parse_digest(self.shard, field="shard")
        return IndexEntry(key=key, shard=shard, row=self.row, crc32c=self.crc32c)


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplePrompt:
    """A picture to be made while training."""

    prompt: str
    negative_prompt: str = ""
    width: Annotated[int, Field(ge=8, le=4096)] | None = None
    height: Annotated[int, Field(ge=8, le=4096)] | None = None
    seed: Annotated[int, Field(ge=0, lt=2**63)] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingSpec:
    """All options of a run. Those that are None follow from another one, as their comment says."""

    base_model: str
    entries: Mapping[str, EntrySpec] = field(default_factory=dict)

    network_module: Literal["networks.lora"] = "networks.lora"
    network_dim: Annotated[int, Field(ge=1, le=1024)] = 16
    network_alpha: Rate = 8.0  # 0 means network_dim, as kohya has it
    conv_dim: Annotated[int, Field(ge=1, le=1024)] | None = None  # None: convolutions stay as they are
    conv_alpha: Rate | None = None  # None: 1; 0 means conv_dim
    # kohya trains the text encoder unless told otherwise; here its outputs are cached unless told otherwise.
    network_train_unet_only: bool = True

    learning_rate: Rate = 1e-4
    unet_lr: Rate | None = None  # None: learning_rate
    text_encoder_lr: Rate | None = None  # as above
    optimizer_type: Literal["AdamW"] = "AdamW"
    optimizer_args: tuple[str, ...] = ()  # "weight_decay=0.01", "betas=0.9,0.999", "eps=1e-8"
    max_grad_norm: Rate = 1.0  # 0: gradients are not clipped
    lr_scheduler: Literal["constant", "constant_with_warmup", "linear", "cosine", "cosine_with_restarts"] = (
        "constant"
    )
    lr_warmup_steps: Rate = 0.0  # below 1: a share of all steps
    lr_scheduler_num_cycles: Count = 1

    max_train_steps: Annotated[int, Field(ge=1, le=10_000_000)] | None = (
        None  # None: as max_train_epochs says
    )
    max_train_epochs: Annotated[int, Field(ge=1, le=1_000_000)] | None = None  # goes before max_train_steps
    train_batch_size: Annotated[int, Field(ge=1, le=4096)] = 1  # a process
    gradient_accumulation_steps: Annotated[int, Field(ge=1, le=4096)] = 1
    num_processes: Annotated[int, Field(ge=1, le=64)] = 1
    data_backend_sampling: Literal["auto-weighting", "uniform"] = "auto-weighting"
    underfilled: Literal["pad", "error"] = "pad"  # a bucket of fewer samples than a step has
    allow_dataset_oversubscription: bool = False  # more passes where repeats are not given
    mixed_precision: Literal["no", "bf16", "fp16"] = "no"
    seed: Annotated[int, Field(ge=0, lt=2**53)] | None = None  # None: from the run's key
    fresh: str = ""  # means nothing: a run is another than those before it
    empty_text: CachedText | None = None  # `empty` of the texts stage: needed where captions are dropped

    min_snr_gamma: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    prior_loss_weight: Rate = 1.0
    caption_dropout_rate: Annotated[float, Field(ge=0, le=1)] = 0.0
    min_timestep: Annotated[int, Field(ge=0, le=999)] = 0
    max_timestep: Annotated[int, Field(ge=1, le=1000)] = 1000
    clip_skip: Count = 1  # as cached texts have it
    max_token_length: Literal[75, 150, 225] = 75  # as above

    save_every_n_steps: Count = 100  # checkpoints to go on from
    save_every_n_epochs: Count | None = None  # adapters; None: the last one alone
    save_precision: Literal["float", "fp16", "bf16"] = "float"
    sample_every_n_epochs: Count | None = None  # None: before and after alone
    sample_prompts: tuple[SamplePrompt, ...] = ()
    sample_steps: Annotated[int, Field(ge=1, le=1000)] = 25
    sample_guidance: Annotated[float, Field(ge=1, allow_inf_nan=False)] = 7.5  # 1: none
    output_name: Annotated[str, Field(min_length=1, max_length=200)] = "last"
    training_comment: str = ""

    def __post_init__(self) -> None:
        parse_digest(self.base_model, field="base_model")
        parse_adamw_options(self.optimizer_args)
        if self.max_train_steps is None and self.max_train_epochs is None:
            raise InvalidInputError("give max_train_steps or max_train_epochs", field="max_train_steps")
        if self.min_timestep >= self.max_timestep:
            raise InvalidInputError(
                f"min_timestep {self.min_timestep} is not below max_timestep {self.max_timestep}",
                field="min_timestep",
            )
        if self.rate_of_unet == 0 and self.rate_of_text_encoder == 0:
            raise InvalidInputError(
                "nothing would be trained: every learning rate is 0; give learning_rate, 1e-4 say",
                field="learning_rate",
            )
        if self.lr_warmup_steps >= 1 and not self.lr_warmup_steps.is_integer():
            raise InvalidInputError(
                f"lr_warmup_steps {self.lr_warmup_steps} is neither a number of steps nor, below 1, a share",
                field="lr_warmup_steps",
            )
        self._refuse_idle_options()

    def _refuse_idle_options(self) -> None:
        """Refuse what was asked for and would have no effect beside the other options."""
        idle = {
            "text_encoder_lr": bool(self.text_encoder_lr) and self.network_train_unet_only,
            "conv_alpha": self.conv_alpha is not None and self.conv_dim is None,
            "lr_scheduler_num_cycles": self.lr_scheduler_num_cycles > 1
            and self.lr_scheduler != "cosine_with_restarts",
            "sample_every_n_epochs": self.sample_every_n_epochs is not None and not self.sample_prompts,
        }
        for name in (name for name, is_idle in idle.items() if is_idle):
            raise InvalidInputError(f"{name} has no effect: {_IDLE[name]}", field=name)

    @property
    def base(self) -> Digest:
        """The digest of the base model's description."""
        return Digest(self.base_model)

    @property
    def alpha(self) -> float:
        """`network_alpha`, or the rank where it is 0."""
        return self.network_alpha or float(self.network_dim)

    @property
    def alpha_of_convolutions(self) -> float:
        """`conv_alpha`, or the rank where it is 0."""
        return float(self.conv_dim or 0) if self.conv_alpha == 0 else self.conv_alpha or 1.0

    @property
    def rate_of_unet(self) -> float:
        """The highest learning rate of the UNet."""
        return self.learning_rate if self.unet_lr is None else self.unet_lr

    @property
    def rate_of_text_encoder(self) -> float:
        """The highest learning rate of the text encoder, 0 where it is not trained."""
        if self.network_train_unet_only:
            return 0.0
        return self.learning_rate if self.text_encoder_lr is None else self.text_encoder_lr

    @property
    def trains_text_encoder(self) -> bool:
        """Whether texts are encoded while training, and their encoder gets an adapter."""
        return self.rate_of_text_encoder > 0

    @property
    def adamw(self) -> AdamWOptions:
        """`optimizer_args`, read."""
        return parse_adamw_options(self.optimizer_args)

    @property
    def step_size(self) -> int:
        """Samples of a step, where an entry has no batch size of its own."""
        return self.train_batch_size * self.num_processes * self.gradient_accumulation_steps

    @property
    def run_options(self) -> RunOptions:
        """What of it decides the schedule."""
        return RunOptions(
            train_batch_size=self.train_batch_size,
            num_processes=self.num_processes,
            gradient_accumulation_steps=self.gradient_accumulation_steps,
            data_backend_sampling=self.data_backend_sampling,
            underfilled=self.underfilled,
            allow_dataset_oversubscription=self.allow_dataset_oversubscription,
        )

    def entry(self, name: str) -> EntrySpec:
        """What is asked of a dataset entry."""
        return self.entries.get(name, EntrySpec())
