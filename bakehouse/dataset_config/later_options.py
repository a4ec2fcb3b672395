"""Keys of what is not there yet: videos, audio, conditioning. They are read and checked, and refused."""

from bakehouse.dataset_config.option import Option, Options, Standing
from bakehouse.kinds import Kind

_NO_VIDEO = "videos are not read, trained or cached; cut stills out of them, dataset_type: image"
_NO_AUDIO = "audio is not read, trained or cached; leave the dataset out, disabled: true"
_NO_PAIRS = "pairs of pictures and conditions are not read or trained; leave it out"
_NO_GENERATORS = "conditioning pictures are not generated; leave it out"


def _later(kind: Kind, says: str, missing: str, *, choices: tuple[str, ...] = ()) -> Option:
    return Option(kind=kind, says=says, instead=missing, choices=choices, standing=Standing.NOT_YET)


def _block(missing: str, says: str, keys: Options, *, kind: Kind = Kind.TABLE) -> Option:
    return Option(kind=kind, says=says, instead=missing, standing=Standing.NOT_YET, block=keys)


def _whole(says: str, *, low: float = 0) -> Option:
    return Option(kind=Kind.INTEGER, says=says, low=low)


def _number(says: str, *, low: float | None = 0, high: float | None = None) -> Option:
    return Option(kind=Kind.DECIMAL, says=says, low=low, high=high)


def _flag(says: str) -> Option:
    return Option(kind=Kind.FLAG, says=says)


def _one_of(says: str, *choices: str) -> Option:
    return Option(kind=Kind.TEXT, says=says, choices=choices)


_VIDEO: Options = {
    "num_frames": _whole("Frames that are trained.", low=1),
    "min_frames": _whole("Fewest frames of a video.", low=1),
    "max_frames": _whole("Most frames of a video.", low=1),
    "is_i2v": _flag("Train from a first frame."),
    "bucket_strategy": _one_of("What buckets go by.", "aspect_ratio", "resolution_frames"),
    "frame_interval": _whole("What numbers of frames are rounded down to.", low=1),
}
_AUDIO: Options = {
    "max_duration_seconds": _number("Longer clips are left out."),
    "channels": _whole("Channels.", low=1),
    "bucket_strategy": _one_of("What buckets go by.", "duration"),
    "duration_interval": _number("What durations are rounded down to, in seconds."),
    "truncation_mode": _one_of("Which part is kept.", "beginning", "end", "random"),
}
_PARAMETERS: Options = {
    "blur_radius": _number("superresolution: radius of the blur, in pixels."),
    "blur_type": _one_of("superresolution: the blur.", "gaussian", "box", "both"),
    "add_noise": _flag("superresolution, jpeg_artifacts: add noise."),
    "noise_level": _number("superresolution, jpeg_artifacts: how much noise.", high=1),
    "jpeg_quality": _whole("superresolution: quality of a JPEG in between.", low=1),
    "downscale_factor": _number("superresolution: how much smaller it was.", low=1),
    "quality_mode": _one_of("jpeg_artifacts: how the quality is chosen.", "fixed", "random", "range"),
    "quality": _whole("jpeg_artifacts: the quality.", low=1),
    "quality_range": Option(kind=Kind.NUMBERS, says="jpeg_artifacts: least and greatest quality."),
    "compression_rounds": _whole("jpeg_artifacts: how often it is compressed.", low=1),
    "enhance_blocks": _flag("jpeg_artifacts: make its blocks stand out."),
    "model_type": Option(kind=Kind.TEXT, says="depth: the model."),
    "mask_types": Option(kind=Kind.TEXTS, says="random_masks: kinds of masks."),
    "min_coverage": _number("random_masks: least part that is covered.", high=1),
    "max_coverage": _number("random_masks: greatest part that is covered.", high=1),
    "output_mode": Option(kind=Kind.TEXT, says="random_masks: what is made."),
    "low_threshold": _number("canny: the lower threshold.", high=255),
    "high_threshold": _number("canny: the upper threshold.", high=255),
}
_CONDITIONING: Options = {
    "type": _one_of(
        "What is generated.",
        *("superresolution", "super_resolution", "lowres", "jpeg_artifacts", "jpeg", "compression"),
        *("depth", "depth_map", "depth_midas", "random_masks", "masks", "inpainting", "canny", "edges"),
    ),
    "params": Option(
        kind=Kind.TABLE, says="The generator's own keys, which may stand beside it.", block=_PARAMETERS
    ),
    "captions": Option(kind=Kind.ANY, says="false, a text or alternatives; else those of the source."),
    **_PARAMETERS,
}

LATER_OPTIONS: Options = {
    "video": _block(_NO_VIDEO, "How videos are read.", _VIDEO),
    "audio": _block(_NO_AUDIO, "How audio is read.", _AUDIO),
    "config": _block(
        _NO_AUDIO,
        "With `type: huggingface`: which columns are captions of audio.",
        {
            "audio_caption_fields": Option(kind=Kind.TEXTS, says="Columns that make the prompt."),
            "lyrics_column": Option(kind=Kind.TEXT, says="The column of lyrics."),
        },
    ),
    "conditioning": _block(
        _NO_GENERATORS, "Conditioning pictures to be generated of its own.", _CONDITIONING, kind=Kind.TABLES
    ),
    "conditioning_type": _later(
        Kind.TEXT,
        "Of a dataset of `conditioning`: what it is.",
        _NO_PAIRS,
        choices=("controlnet", "mask", "reference_strict", "reference_loose"),
    ),
    "conditioning_data": _later(
        Kind.TEXTS, "The datasets of `conditioning` that go with it. They must be there.", _NO_PAIRS
    ),
    "source_dataset_id": _later(
        Kind.TEXT, "The dataset that a dataset of `conditioning` goes with. It must be there.", _NO_PAIRS
    ),
    "max_num_samples": _later(
        Kind.INTEGER, "Only so many pictures, by chance.", "all of a dataset is taken; take files out of it"
    ),
}
