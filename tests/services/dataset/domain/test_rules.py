import pytest

from bakehouse.errors import InvalidInputError
from services.dataset.domain.rules import AspectChoice, CropAspect, KohyaRules, Rules, Size


def test_a_size_covers_what_can_be_cut_out_of_it() -> None:
    size = Size(width=100, height=50)
    assert size.covers(Size(width=100, height=50))
    assert not size.covers(Size(width=101, height=1))
    assert (size.ratio, size.area) == (2.0, 5000)


def test_a_picture_that_is_not_cropped_keeps_its_shape() -> None:
    assert Rules(in_area=True, resolution=1, crop_aspect=CropAspect.SQUARE).aspect is CropAspect.PRESERVE
    assert Rules(in_area=True, resolution=1, crop=True).aspect is CropAspect.SQUARE


@pytest.mark.parametrize(("aspect", "weight"), [(0, 1), (-1, 1), (100, 1), (1, 0)])
def test_a_shape_is_a_ratio_with_a_weight(aspect: float, weight: float) -> None:
    with pytest.raises(InvalidInputError, match="crop_aspect_buckets"):
        AspectChoice(aspect=aspect, weight=weight)


def test_kohyas_buckets_have_the_area_of_its_resolution() -> None:
    assert KohyaRules(width=512, height=768).area == 512 * 768
