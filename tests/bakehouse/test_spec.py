from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

import pytest
from pydantic import Field

from bakehouse.canonical_json import Json
from bakehouse.errors import InvalidInputError
from bakehouse.spec import parse_spec, suggestion


@dataclass(frozen=True, slots=True, kw_only=True)
class Inner:
    threshold: Annotated[float, Field(ge=0, le=1)] = 0.35


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    network_dim: Annotated[int, Field(ge=1)] = 4
    learning_rate: Annotated[float, Field(gt=0)]
    lr_scheduler: Literal["constant", "cosine"] = "constant"
    entries: Mapping[str, Inner] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.network_dim == 13:
            raise InvalidInputError("network_dim: 13 brings bad luck; take 12", field="network_dim")


def refused(data: Json) -> InvalidInputError:
    with pytest.raises(InvalidInputError) as caught:
        parse_spec(Training, data, what="training")
    return caught.value


def test_a_spec_is_read_with_decimals_as_text() -> None:
    data: Json = {"learning_rate": "0.0001", "entries": {"a": {"threshold": "0.5"}}}
    spec = parse_spec(Training, data, what="training")
    assert (spec.learning_rate, spec.network_dim, spec.entries["a"].threshold) == (0.0001, 4, 0.5)
    assert isinstance(spec, Training)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (
            {"learning_rate": "1", "network_dmi": 8},
            "training.network_dmi: unknown; did you mean network_dim?",
        ),
        ({}, "training.learning_rate: missing; give it"),
        ({"learning_rate": "fast"}, "training.learning_rate: 'fast': input should be a valid number"),
        (
            {"learning_rate": "1", "network_dim": 0},
            "training.network_dim: 0: input should be greater than or equal to 1",
        ),
        (
            {"learning_rate": "1", "lr_scheduler": "cosin"},
            "training.lr_scheduler: 'cosin': input should be 'constant' or 'cosine'",
        ),
        (
            {"learning_rate": "1", "entries": {"a": {"threshold": "2"}}},
            "training.entries.a.threshold: '2': input should be less than or equal to 1",
        ),
        ({"learning_rate": "1", "network_dim": 13}, "network_dim: 13 brings bad luck; take 12"),
        ([1], "training: it is [1]; give a table of options"),
    ],
)
def test_what_is_wrong_is_said(data: Json, message: str) -> None:
    assert message in refused(data).message


def test_nested_unknown_keys_are_refused() -> None:
    data: Json = {"learning_rate": "1", "entries": {"a": {"treshold": "0.5"}}}
    assert "did you mean threshold?" in refused(data).message


def test_everything_wrong_is_said_at_once() -> None:
    error = refused({"network_dim": "x", "nope": 1})
    assert error.message.count(";") >= 2
    assert error.field == "nope"


def test_a_suggestion_is_near_or_a_list() -> None:
    assert suggestion("leraning_rate", ["learning_rate", "seed"]) == "; did you mean learning_rate?"
    assert suggestion("zzz", ["b", "a"]) == "; there are a, b"
