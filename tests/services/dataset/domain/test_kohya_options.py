from typing import Any

import pytest

from services.dataset.domain.kohya_options import KohyaOptions
from services.dataset.domain.rules import KohyaRules


def options(**given: Any) -> KohyaOptions:
    return KohyaOptions(**{"resolution": 512, **given})


def test_the_defaults_are_kohyas() -> None:
    assert [*options().problems()] == []
    assert options().rules() == KohyaRules(width=512, height=512, minimum=256, maximum=1024, steps=64)


def test_limits_become_multiples_of_the_steps() -> None:
    rules = options(min_bucket_reso=300, max_bucket_reso=1000).rules()
    assert (rules.minimum, rules.maximum) == (256, 1024)


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"min_bucket_reso": 600}, "min_bucket_reso: 600 is above resolution 512; lower it"),
        ({"resolution": 1536}, "max_bucket_reso: 1024 is below resolution 1536; raise it"),
        ({"min_bucket_reso": 32}, "min_bucket_reso: 32 is less than bucket_reso_steps 64; raise it"),
        ({"bucket_reso_steps": 0}, "bucket_reso_steps: 0; give a multiple"),
    ],
)
def test_what_can_not_be_is_named(given: dict[str, Any], problem: str) -> None:
    (found,) = options(**given).problems()
    assert found.startswith(problem)


def test_limits_are_nothing_without_buckets() -> None:
    assert [*options(resolution=1536, enable_bucket=False).problems()] == []


def test_a_models_alignment_divides_the_steps_or_the_one_bucket() -> None:
    assert options().misaligned(64) is None
    assert "bucket_reso_steps: 64 is no multiple of the base model's 48" in str(options().misaligned(48))
    one = options(resolution=500, enable_bucket=False)
    assert "resolution: 500 is no multiple of the base model's 8" in str(one.misaligned(8))
