"""Keys that say which datasets there are and where their pictures lie."""

from bakehouse.dataset_config.hub_options import HUB_OPTIONS
from bakehouse.dataset_config.option import Holder, Option, Options
from bakehouse.kinds import Kind

_NO_VIDEO = "videos are not read, trained or cached; cut stills out of them, dataset_type: image"
_NO_AUDIO = "audio is not read, trained or cached; leave the dataset out, disabled: true"
_NO_CONDITIONING = (
    "pairs of pictures and conditions are not read or trained; leave the dataset out, disabled: true"
)
_KEYS_STAY = "A value in clear never leaves the client: it sends `secret://NAME`, and says which variable "
"workers need."

_OURS = "SimpleTuner has none."

IDENTITY_OPTIONS: Options = {
    "id": Option(
        kind=Kind.TEXT,
        says="The dataset's name, which must stay: it is part of every sample's id.",
        holder=Holder.ENTRY,
        differs="1 to 63 of a-z, A-Z, 0-9, `.`, `_` and `-`; those of embeds may be any.",
    ),
    "disabled": Option(
        kind=Kind.FLAG,
        says="Leave the dataset out. Also `disable`.",
        holder=Holder.READER,
        default="false",
        differs='`"False"` is false.',
    ),
    "dataset_type": Option(
        kind=Kind.TEXT,
        says="What is in it. Datasets of embeds only say where caches lie: they are accepted and have no "
        "work.",
        holder=Holder.READER,
        default="image",
        choices=(
            "image",
            "text_embeds",
            "image_embeds",
            "conditioning_image_embeds",
            "video",
            "audio",
            "conditioning",
        ),
        later={"video": _NO_VIDEO, "audio": _NO_AUDIO, "conditioning": _NO_CONDITIONING},
        differs="One that others name as their `image_embeds` and that has no place of pictures is of "
        "embeds.",
    ),
    "type": Option(
        kind=Kind.TEXT,
        says="Where the pictures are: a folder, an S3 bucket, a table of URLs, a dataset of Hugging Face.",
        holder=Holder.READER,
        default="local",
        choices=("local", "aws", "csv", "huggingface"),
    ),
}

SOURCE_OPTIONS: Options = {
    "instance_data_dir": Option(
        kind=Kind.TEXT,
        goes_with="local",
        says="The folder, or a .zip, on this machine, relative to the document; "
        "`server:/path` is one of the studio's.",
        holder=Holder.READER,
        differs="What the studio lacks is sent, by digest, once. Links that lead out of the folder are not "
        "followed.",
    ),
    "aws_bucket_name": Option(
        kind=Kind.TEXT,
        goes_with="aws",
        says="The bucket, of any S3.",
        holder=Holder.READER,
    ),
    "aws_data_prefix": Option(
        kind=Kind.TEXT,
        goes_with="aws",
        says="The folder in it: what the names of its objects begin with, up to a `/`.",
        holder=Holder.READER,
        default="all",
        differs="Only what is below it is listed; SimpleTuner walks the whole bucket.",
    ),
    "aws_region_name": Option(
        kind=Kind.TEXT, goes_with="aws", says="The region.", holder=Holder.READER, default="the server's"
    ),
    "aws_endpoint_url": Option(
        kind=Kind.TEXT,
        goes_with="aws",
        says="The server's URL, where it is not Amazon's.",
        holder=Holder.READER,
        default="Amazon's",
    ),
    "aws_access_key_id": Option(
        kind=Kind.TEXT,
        goes_with="aws",
        says="The key's id, or `secret://NAME`.",
        holder=Holder.READER,
        default="the workers' own",
        differs=_KEYS_STAY,
    ),
    "aws_secret_access_key": Option(
        kind=Kind.TEXT,
        goes_with="aws",
        says="The key, or `secret://NAME`.",
        holder=Holder.READER,
        default="the workers' own",
        differs=_KEYS_STAY,
    ),
    "csv_file": Option(
        kind=Kind.TEXT,
        goes_with="csv",
        says="A table of URLs on this machine: .csv, .parquet, .jsonl.",
        holder=Holder.READER,
        differs="SimpleTuner reads .csv alone.",
    ),
    "csv_url_column": Option(
        kind=Kind.TEXT,
        goes_with="csv",
        says="The column of URLs.",
        holder=Holder.READER,
        default="url",
        differs="In SimpleTuner's code, not in its document.",
    ),
    "csv_caption_column": Option(
        kind=Kind.TEXT,
        goes_with="csv",
        says="The column of captions.",
        holder=Holder.READER,
        default="caption",
    ),
    "csv_filename_column": Option(
        kind=Kind.TEXT,
        goes_with="csv",
        says="The column of the pictures' names.",
        holder=Holder.READER,
        default="made of the URLs",
        differs=_OURS,
    ),
    "csv_fallback_caption_column": Option(
        kind=Kind.TEXT,
        goes_with="csv",
        says="The column taken where the caption is null or empty.",
        holder=Holder.READER,
        default="none",
        differs=_OURS,
    ),
    "csv_width_column": Option(
        kind=Kind.TEXT,
        goes_with="csv",
        says="The column of widths, in pixels.",
        holder=Holder.READER,
        default="width",
        differs=_OURS,
    ),
    "csv_height_column": Option(
        kind=Kind.TEXT,
        goes_with="csv",
        says="The column of heights, in pixels.",
        holder=Holder.READER,
        default="height",
        differs=_OURS,
    ),
    "csv_identifier_includes_extension": Option(
        kind=Kind.FLAG,
        goes_with="csv",
        says="Whether those names have their suffix; without it they get the URL's, or `.png`.",
        holder=Holder.READER,
        default="false",
        differs=_OURS,
    ),
    "csv_resize": Option(
        kind=Kind.INTEGER,
        goes_with="csv",
        says="The shorter edge, in pixels, of what is stored: larger pictures are made "
        "smaller when they are fetched.",
        holder=Holder.READER,
        default="none",
        differs=_OURS,
        low=64,
        high=16_384,
    ),
    "dataset_name": Option(
        kind=Kind.TEXT,
        goes_with="huggingface",
        says="The dataset's name on the hub, or the path of a folder with one.",
        holder=Holder.READER,
    ),
    "image_column": Option(
        kind=Kind.TEXT,
        goes_with="huggingface",
        says="The column of pictures.",
        holder=Holder.READER,
        default="image",
    ),
    "caption_column": Option(
        kind=Kind.TEXTS,
        goes_with="huggingface",
        says="The column of captions, or several.",
        holder=Holder.READER,
        default="caption",
    ),
    **HUB_OPTIONS,
    "metadata_backend": Option(
        kind=Kind.TEXT,
        says="Where sizes come from. `discovery`: from the pictures, each probed once for its content. "
        "`parquet`: from the table of `parquet`, so that planning opens no picture. `huggingface`: with "
        "that type.",
        default="discovery",
        choices=("discovery", "parquet", "huggingface"),
        differs="A size that turns out to be another when the picture is decoded is reported.",
    ),
    "parquet": Option(
        kind=Kind.TABLE,
        says="A table of captions and sizes by file name: .parquet, .jsonl, .csv.",
        default="none",
        block={
            "path": Option(
                kind=Kind.TEXT,
                says="The table's path on this machine, relative to the document.",
                holder=Holder.READER,
            ),
            "filename_column": Option(kind=Kind.TEXT, says="The column of file names.", default="id"),
            "caption_column": Option(
                kind=Kind.TEXTS,
                says="The column of captions, or several; a cell may be a list of alternatives.",
                default="caption",
            ),
            "fallback_caption_column": Option(
                kind=Kind.TEXT,
                says="The column taken where the caption is null or empty.",
                default="none",
                differs="For empty ones too, as the document says; SimpleTuner's code takes null alone.",
            ),
            "width_column": Option(kind=Kind.TEXT, says="The column of widths, in pixels.", default="width"),
            "height_column": Option(
                kind=Kind.TEXT, says="The column of heights, in pixels.", default="height"
            ),
            "identifier_includes_extension": Option(
                kind=Kind.FLAG,
                says="Whether file names in the table have their suffix; without it any suffix fits.",
                default="false",
                differs="SimpleTuner's document says that .png is assumed then.",
            ),
        },
    ),
}
