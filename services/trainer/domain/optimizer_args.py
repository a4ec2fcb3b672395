"""kohya's `optimizer_args` ("weight_decay=0.1") for AdamW. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

from bakehouse.errors import InvalidInputError


@dataclass(frozen=True, slots=True, kw_only=True)
class AdamWOptions:
    """AdamW's constants, as torch has them by default."""

    weight_decay: float = 0.01
    betas: tuple[float, float] = (0.9, 0.999)
    eps: float = 1e-8

    def __post_init__(self) -> None:
        is_finite = all(map(isfinite, (self.weight_decay, self.eps)))
        if not is_finite or self.weight_decay < 0 or self.eps <= 0 or not all(0 <= b < 1 for b in self.betas):
            raise InvalidInputError(
                f"optimizer_args: weight_decay={self.weight_decay:g}, betas={self.betas[0]:g},"
                f"{self.betas[1]:g}, eps={self.eps:g}; give a weight_decay from 0 on, betas from 0 to "
                "below 1, an eps above 0",
                field=_FIELD,
            )


_FIELD = "optimizer_args"
_FORM = "AdamW takes weight_decay=0.01, betas=0.9,0.999 and eps=1e-8"


def parse_adamw_options(arguments: Sequence[str]) -> AdamWOptions:
    """What `arguments`, each "name=value", say.

    Raises:
        InvalidInputError: a name is unknown, or a value no number.
    """
    found: dict[str, str] = {}
    for argument in arguments:
        name, separator, value = argument.partition("=")
        if not separator or name.strip() not in AdamWOptions.__dataclass_fields__:
            raise InvalidInputError(
                f"optimizer_args {argument!r}: {_FORM}",
                field=_FIELD,
            )
        found[name.strip()] = value
    try:
        default = AdamWOptions()
        first, second = found.get("betas", ",".join(map(str, default.betas))).strip("()").split(",")
        return AdamWOptions(
            weight_decay=float(found.get("weight_decay", default.weight_decay)),
            betas=(float(first), float(second)),
            eps=float(found.get("eps", default.eps)),
        )
    except ValueError as error:
        raise InvalidInputError(
            f"optimizer_args {list(arguments)}: a value is no number, or betas are not two; {_FORM}",
            field=_FIELD,
        ) from error
