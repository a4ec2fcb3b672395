from typing import Any

import pytest

from bakehouse.dataset_config.kohya_options import KohyaOptions, kohya_limits


def options(**given: Any) -> KohyaOptions:
    return KohyaOptions(**{"width": 512, "height": 512, **given})


def test_limits_become_multiples_of_the_steps() -> None:
    assert kohya_limits(300, 1000, 64) == (256, 1024)
    assert kohya_limits(64, 512, 100) == (0, 600)


def test_the_defaults_can_be() -> None:
    assert [*options().problems()] == []


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"min_bucket_reso": 600}, "min_bucket_reso: 600 is above resolution 512; lower it"),
        ({"width": 1536, "height": 1536}, "max_bucket_reso: 1024 is below resolution 1536; raise it"),
        ({"height": 1536}, "max_bucket_reso: 1024 is below resolution 512,1536; raise it"),
        ({"height": 128}, "min_bucket_reso: 256 is above resolution 512,128; lower it"),
        ({"min_bucket_reso": 32}, "min_bucket_reso: 32 is less than bucket_reso_steps 64; raise it"),
        ({"bucket_reso_steps": 0}, "bucket_reso_steps: 0; give a multiple"),
    ],
)
def test_what_can_not_be_is_named(given: dict[str, Any], problem: str) -> None:
    (found,) = options(**given).problems()
    assert found.startswith(problem)


def test_limits_are_nothing_without_buckets() -> None:
    assert [*options(width=1536, enable_bucket=False).problems()] == []


def test_a_models_alignment_divides_the_steps_or_the_one_bucket() -> None:
    assert options().misaligned(64) is None
    assert "bucket_reso_steps: 64 is no multiple of the base model's 48" in str(options().misaligned(48))
    one = options(height=500, enable_bucket=False)
    assert "resolution: 500 is no multiple of the base model's 8" in str(one.misaligned(8))
