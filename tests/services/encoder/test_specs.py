from typing import Any

import pytest

from bakehouse.errors import InvalidInputError
from bakehouse.spec import parse_spec
from services.encoder.specs import LatentsSpec, RegisterSpec, TextsSpec

DIGEST = "0" * 64


def test_defaults_are_those_of_the_page() -> None:
    spec = parse_spec(TextsSpec, {"base_model": DIGEST}, what="texts")
    assert (spec.dtype, spec.max_token_length, spec.clip_skip, spec.dropout) == ("float32", 75, 1, True)


@pytest.mark.parametrize(
    ("kind", "data", "message"),
    [
        (LatentsSpec, {"base_model": "x"}, "'x' is no SHA-256"),
        (LatentsSpec, {"base_model": DIGEST, "dtype": "float8"}, "latents.dtype: 'float8'"),
        (LatentsSpec, {"base_model": DIGEST, "dtyp": "float32"}, "did you mean dtype"),
        (TextsSpec, {"base_model": DIGEST, "clip_skip": 0}, "clip_skip"),
        (RegisterSpec, {}, "files: missing"),
    ],
)
def test_a_wrong_spec_is_refused(kind: type[Any], data: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        parse_spec(kind, data, what="latents")
