"""Samples as the client gives them."""

from typing import Any

from bakehouse.client.snapshot_values import Caption, Crop, Sample, SampleState, SampleStory
from bakehouse.digest import digest_bytes


def crop(**changes: Any) -> Crop:
    fields: dict[str, Any] = {
        "draw": 0,
        "width": 64,
        "height": 64,
        "resize_width": 128,
        "resize_height": 64,
        "x": 32,
        "y": 0,
        "crop_by": "center",
    }
    return Crop(**{**fields, **changes})


def captions(*texts: str) -> tuple[Caption, ...]:
    return tuple(
        Caption(variant=variant, text=text, source="textfile", state="kept", reason="")
        for variant, text in enumerate(texts)
    )


def sample(name: str = "a.png", **changes: Any) -> Sample:
    own = digest_bytes(name.encode())
    fields: dict[str, Any] = {
        "sample_id": own[:32],
        "dataset": "cats",
        "file": name,
        "part": 0,
        "state": SampleState.KEPT,
        "reason": "",
        "detail": "",
        "digest": own,
        "size_bytes": 10,
        "media_type": "image/png",
        "format": "PNG",
        "width": 100,
        "height": 50,
        "picture": own,
        "prior": False,
        "uri": "",
        "crops": (crop(),),
        "captions": captions("a cat"),
        "thumbnail": None,
        "duplicate_of": "",
        "more": {},
    }
    return Sample(**{**fields, **changes})


def story(**changes: Any) -> SampleStory:
    fields: dict[str, Any] = {
        "sample": sample(),
        "stages": (),
        "same_bytes": (),
        "entry": {"repeats": 2, "prior": False},
    }
    return SampleStory(**{**fields, **changes})
