"""Keys of a dataset of images that say what becomes of its pictures: sizes, cuts, captions, duplicates."""

from bakehouse.dataset_config.option import Option, Options
from bakehouse.kinds import Kind

_UNSET = "no limit"
_OURS = "ours"
_KOHYAS = "kohya's"

SIZE_OPTIONS: Options = {
    "resolution": Option(
        kind=Kind.RESOLUTION,
        says="The size of buckets, in the unit of `resolution_type`. With `bucketing: kohya` also W,H.",
        default="1024",
        differs="A square has the same edge as the other buckets: SimpleTuner gives areas of 0.3, 0.5, 2 "
        'and 4 megapixels another. Text (`"1024"`) is a number.',
    ),
    "resolution_type": Option(
        kind=Kind.TEXT,
        says="`pixel_area`: the edge of a square of the same area, in pixels. `area`: megapixels (1e6). "
        "`pixel`: the shorter edge.",
        default="pixel_area",
        choices=("pixel", "area", "pixel_area"),
    ),
    "minimum_image_size": Option(
        kind=Kind.DECIMAL,
        says="Smaller pictures are left out, by the size of the upright picture; in the unit of "
        "`resolution_type`, up to 5 megapixels; 0: no limit.",
        default="0",
        differs="Measured after the EXIF rotation. Buckets with few pictures are not dropped because of it.",
    ),
    "maximum_image_size": Option(
        kind=Kind.DECIMAL,
        says="With `crop`: larger pictures are first made `target_downsample_size`, so that a cut keeps more "
        "of the scene.",
        default=_UNSET,
        differs="Only pictures above it are made smaller; SimpleTuner resizes all of them, small ones too.",
    ),
    "target_downsample_size": Option(
        kind=Kind.DECIMAL,
        says="See `maximum_image_size`; at most 4 times `resolution`.",
        default=_UNSET,
    ),
    "minimum_aspect_ratio": Option(
        kind=Kind.DECIMAL,
        says="Narrower pictures are left out: width by height; 0: no limit.",
        default="0",
        low=0,
        differs="By the picture's own ratio; SimpleTuner asks that of its bucket, which a square cut makes "
        "1.",
    ),
    "maximum_aspect_ratio": Option(
        kind=Kind.DECIMAL,
        says="Wider pictures are left out: width by height; 0: no limit.",
        default="0",
        low=0,
        differs="As `minimum_aspect_ratio`.",
    ),
    "crop": Option(
        kind=Kind.FLAG,
        says="Cut pictures to the shape of `crop_aspect`. Without it they keep their own, to a bucket's "
        "edge.",
        default="false",
        differs='`"False"` is false; SimpleTuner takes any text for true.',
    ),
    "crop_style": Option(
        kind=Kind.TEXT,
        says="Where the bucket is cut out, with `crop` or not. `face`: the largest frontal face in the "
        "middle; by chance where there is none, which is recorded.",
        default="random",
        choices=("random", "center", "centre", "corner", "face"),
        differs="A random cut is drawn once for each picture, from seed and sample, and its true place "
        "recorded.",
    ),
    "crop_aspect": Option(
        kind=Kind.TEXT,
        says="With `crop`: the shape that pictures get.",
        default="square",
        choices=("square", "preserve", "closest", "random"),
    ),
    "crop_aspect_buckets": Option(
        kind=Kind.SHAPES,
        says="Shapes for `closest` and `random`: width by height, or `{aspect, weight}`.",
        default="none",
        differs="Needed, whatever the document says. Whole numbers and text are numbers, weights need not "
        "sum to 1, and `aspect_ratio` and `aspect_bucket` are `aspect`.",
    ),
    "max_upscale_threshold": Option(
        kind=Kind.DECIMAL,
        says="`closest` and `random` take only shapes for which a picture grows by no more: 0.2 is a fifth. "
        "Where none is left, the picture is left out.",
        default=_UNSET,
        low=0,
        high=1,
        differs="SimpleTuner reads it and does nothing with it.",
    ),
    "aspect_bucket_alignment": Option(
        kind=Kind.INTEGER,
        says="What the edges of buckets are multiples of, in pixels; a multiple of the base model's.",
        default="the base model's",
        low=1,
        differs="An option of SimpleTuner's trainer.",
    ),
    "aspect_bucket_rounding": Option(
        kind=Kind.INTEGER,
        says="Decimals of a ratio.",
        default="2",
        low=1,
        high=9,
        differs="An option of SimpleTuner's trainer.",
    ),
    "aspect_resolution_map": Option(
        kind=Kind.SIZES,
        says="Sizes by the ratio of the bucket whose place they take, as a table or as the path of a JSON "
        "file; with `area` and `pixel_area`.",
        default="none",
        differs="SimpleTuner looks for `aspect_resolution_map-{resolution}.json` in its output folder and "
        "ignores the entry 1.0; here it is named, and 1.0 counts.",
    ),
    "bucketing": Option(
        kind=Kind.TEXT,
        says="`kohya`: a list of buckets of at most the resolution's area, and the one of the nearest ratio.",
        default="simpletuner",
        choices=("simpletuner", "kohya"),
        differs=_OURS,
    ),
    "enable_bucket": Option(
        kind=Kind.FLAG,
        says="With `bucketing: kohya`: false cuts everything to `resolution`.",
        default="true",
        differs=_KOHYAS,
    ),
    "min_bucket_reso": Option(
        kind=Kind.INTEGER,
        says="With `bucketing: kohya`: the shortest edge of a bucket, in pixels.",
        default="256",
        low=1,
        differs=_KOHYAS,
    ),
    "max_bucket_reso": Option(
        kind=Kind.INTEGER,
        says="With `bucketing: kohya`: the longest edge of a bucket, in pixels.",
        default="1024",
        low=1,
        differs=_KOHYAS,
    ),
    "bucket_reso_steps": Option(
        kind=Kind.INTEGER,
        says="With `bucketing: kohya`: what the edges of buckets are multiples of, in pixels.",
        default="64",
        differs=_KOHYAS,
    ),
    "bucket_no_upscale": Option(
        kind=Kind.FLAG,
        says="With `bucketing: kohya`: no picture is made larger; a bucket is all of it that is whole "
        "steps, and the shortest and the longest edge don't count.",
        default="false",
        differs=_KOHYAS,
    ),
}
