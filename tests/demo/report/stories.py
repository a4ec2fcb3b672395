"""A story to tell: few pictures, few steps."""

from dataclasses import replace

from PIL import Image

from bakehouse.client.report.story import SetAside, UsedPicture
from demo.judging import Score
from demo.report.images import data_url
from demo.report.story import Figure, LossPoint, SamplePicture, StageTime, Story
from tests.bakehouse.client.report import tales

BEFORE, AFTER = (200, 30, 30), (30, 30, 200)


def picture(colour: tuple[int, int, int] = BEFORE, size: tuple[int, int] = (64, 48)) -> Image.Image:
    return Image.new("RGB", size, colour)


def used(
    name: str = "a.png", bucket: tuple[int, int] = (64, 64), *, entry: str = "concept", same_as: str = ""
) -> UsedPicture:
    """As tales have it, with a real picture."""
    found = tales.used(name, bucket, entry=entry, same_as=same_as)
    return replace(found, picture=data_url(picture(size=(300, 200))))


def story() -> Story:
    samples = [
        SamplePicture(epoch=epoch, step=epoch * 5, prompt=prompt, seed=seed, picture=picture(colour))
        for epoch, colour in ((0, BEFORE), (2, AFTER), (4, AFTER))
        for prompt, seed in (("a cat", 1), ("a dog", 2))
    ]
    return Story(
        title="A demo",
        lead="It learns a word.",
        pipeline="projects/demo/pipelines/x",
        seed=7,
        total_s=80.4,
        adapter_name="zobkin.safetensors",
        adapter_bytes=2048,
        used=[used(), used("b.png", same_as="concept/a.png"), used("c.png", (48, 80), entry="prior")],
        set_aside=[
            SetAside(name="t.png", entry="concept", reason="not_an_image", detail="no picture", picture=""),
            SetAside(
                name="s.png",
                entry="concept",
                reason="too_small",
                detail="40x40 px",
                picture=data_url(picture()),
            ),
        ],
        losses=[LossPoint(step=step, epoch=1, loss=1 / step) for step in range(1, 21)],
        samples=samples,
        stages=[
            StageTime(name="snapshot", start_s=0.0, end_s=2.0, num_items=5, num_hits=1),
            StageTime(name="train", start_s=2.0, end_s=80.0, num_items=20, num_hits=0),
        ],
        metadata={"ss_seed": "7"},
    )


def figure(
    num_right: int, wanted_percent: float, *, is_at_most: bool = False, num_by_rule: int | None = None
) -> Figure:
    score = Score(
        num_pictures=10,
        num_shapes=num_right,
        num_colours=num_right,
        num_grounds=10,
        num_right=num_right,
        num_both_colours=num_right,
        num_both_by_rule=num_right if num_by_rule is None else num_by_rule,
    )
    return Figure(what="a figure", score=score, wanted_percent=wanted_percent, is_at_most=is_at_most)
