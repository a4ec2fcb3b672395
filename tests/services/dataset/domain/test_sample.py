from typing import Any

from bakehouse.digest import digest_bytes
from bakehouse.manifest.identity import sample_id
from services.dataset.domain.entry_rules import rules_of
from services.dataset.domain.listing import ListedFile, ListedImage
from services.dataset.domain.probe import Face, NoPicture, Picture, Probe
from services.dataset.domain.sample import Found, Sample, TextFile, make_samples
from tests.services.dataset.domain.entries import entry

DIGEST = digest_bytes(b"picture")
TEXT = TextFile(data=b"a cat\na dog")
PICTURE = Picture(format="JPEG", media_type="image/jpeg", width=120, height=80, rendition=digest_bytes(b"up"))


def sample(probe: Probe = PICTURE, text: TextFile = TEXT, **options: Any) -> Sample:
    spec = entry(
        **{"resolution": 64, "caption_strategy": "textfile", "is_regularisation_data": True, **options}
    )
    (found,) = make_samples(spec, rules_of(spec, alignment=16), [listed("a/b.jpg", probe, text)], seed=0)
    return found


def listed(name: str, probe: Probe, text: TextFile = TEXT) -> Found:
    image = ListedImage(file=ListedFile(name=name, digest=DIGEST, size_bytes=9), text=None)
    return Found(image=image, probe=probe, text=text)


def test_a_kept_picture_has_a_row_a_bucket_and_its_captions() -> None:
    found = sample()
    (row,) = found.rows["samples"]
    assert row["sample_id"] == sample_id("cats", "a/b.jpg")
    assert (row["state"], row["reason"], row["prior"]) == ("kept", None, True)
    assert row["renditions"] == [{"digest": digest_bytes(b"up"), "width": 120, "height": 80}]
    (bucket,) = found.rows["buckets"]
    assert (bucket["bucket_width"], bucket["bucket_height"], bucket["draw"]) == (80, 48, 0)
    assert bucket["crop_by"] == "random"
    assert [(c["variant"], c["text"], c["source"]) for c in found.rows["captions"]] == [
        (0, "a cat", "textfile"),
        (1, "a dog", "textfile"),
    ]


def test_what_is_left_out_has_its_reason_and_nothing_else() -> None:
    broken = sample(NoPicture(reason="broken", detail="cut off"))
    small = sample(minimum_image_size=512)
    for found, state, reason in ((broken, "failed", "broken"), (small, "excluded", "too_small")):
        (row,) = found.rows["samples"]
        assert (row["state"], row["reason"]) == (state, reason)
        assert row["detail"]
        assert found.rows["buckets"] == found.rows["captions"] == []
    assert set(broken.rows["samples"][0]) == set(sample().rows["samples"][0])


def test_a_text_that_can_not_be_read_is_a_failed_caption_of_a_kept_picture() -> None:
    found = sample(text=TextFile(data=b"caf\xe9"))
    (caption,) = found.rows["captions"]
    assert (caption["state"], caption["reason"], caption["text"]) == ("failed", "not_utf8", None)
    (large,) = sample(text=TextFile(problem="too_large")).rows["captions"]
    assert (large["state"], large["reason"]) == ("failed", "too_large")
    assert found.rows["samples"][0]["state"] == "kept"


def test_a_prompt_that_is_used_alone_is_the_source() -> None:
    (caption,) = sample(only_instance_prompt=True, instance_prompt="sks").rows["captions"]
    assert (caption["text"], caption["source"]) == ("sks", "instanceprompt")


def test_many_are_each_what_they_are_alone() -> None:
    spec = entry(resolution=64)
    rules = rules_of(spec, alignment=16)
    broken = NoPicture(reason="broken", detail="cut off")
    thin = Picture(format="PNG", media_type="image/png", width=9000, height=1, rendition=None)
    probes: list[Probe] = [PICTURE, broken, thin, PICTURE, PICTURE]
    files = [listed(f"{number}.jpg", probe) for number, probe in enumerate(probes)]
    together = [*make_samples(spec, rules, files, seed=3)]
    alone = [sample for file in files for sample in make_samples(spec, rules, [file], seed=3)]
    assert together == alone
    assert [sample.rows["samples"][0]["state"] for sample in together] == [
        "kept",
        "failed",
        "excluded",
        "kept",
        "kept",
    ]
    assert [*make_samples(spec, rules, [], seed=3)] == []


def test_a_face_decides_where_it_is_cut() -> None:
    face = Face(x=100, y=20, width=20, height=20)
    seen = Picture(format="PNG", media_type="image/png", width=240, height=80, rendition=None, face=face)
    options: dict[str, Any] = {"crop": True, "crop_style": "face"}
    (cut,) = sample(seen, **options).rows["buckets"]
    assert (cut["resize_width"], cut["crop_x"], cut["crop_y"], cut["crop_by"]) == (192, 56, 0, "face")
    (by_chance,) = sample(**options).rows["buckets"]
    assert by_chance["crop_by"] == "random_no_face"
