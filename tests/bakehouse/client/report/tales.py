"""Datasets to tell of: few pictures."""

from bakehouse.client.report.story import Cut, DatasetStory, SetAside, UsedPicture

PICTURE = "data:image/png;base64,AAAA"


def used(
    name: str = "a.png", bucket: tuple[int, int] = (64, 64), *, entry: str = "concept", same_as: str = ""
) -> UsedPicture:
    return UsedPicture(
        name=name,
        entry=entry,
        is_prior=entry == "prior",
        same_as=same_as,
        format="PNG",
        size=(300, 200),
        bucket=bucket,
        cut=Cut(left=0.1, top=0.0, width=0.8, height=1.0),
        caption="zobkin, <b>red</b>",
        tags=[("red", 0.9)],
        picture=PICTURE,
    )


def tale() -> DatasetStory:
    return DatasetStory(
        title="A dataset",
        lead="It has pictures.",
        used=[used(), used("b.png", same_as="concept/a.png"), used("c.png", (48, 80), entry="prior")],
        set_aside=[
            SetAside(name="t.png", entry="concept", reason="not_an_image", detail="no picture", picture=""),
            SetAside(name="s.png", entry="concept", reason="too_small", detail="40x40 px", picture=PICTURE),
        ],
    )
