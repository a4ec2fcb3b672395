import pytest

from bakehouse.errors import InvalidInputError
from services.trainer.domain.optimizer_args import AdamWOptions, parse_adamw_options


def test_what_is_not_given_is_as_torch_has_it() -> None:
    assert parse_adamw_options([]) == AdamWOptions(weight_decay=0.01, betas=(0.9, 0.999), eps=1e-8)


def test_all_can_be_given() -> None:
    found = parse_adamw_options(["weight_decay=0.1", "betas=(0.8, 0.9)", "eps=1e-6"])
    assert found == AdamWOptions(weight_decay=0.1, betas=(0.8, 0.9), eps=1e-6)


@pytest.mark.parametrize(
    "argument",
    ["weight_decoy=1", "weight_decay", "weight_decay=x", "betas=0.9", "betas=1,2", "weight_decay=nan"],
)
def test_what_makes_no_sense_is_refused(argument: str) -> None:
    with pytest.raises(InvalidInputError, match=r"optimizer_args|out of range"):
        parse_adamw_options([argument])
