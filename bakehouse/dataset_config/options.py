"""The one table of a dataset's keys: a row says a key's standing, kind and meaning.

For the client that reads a document, the service that holds to it, and the page `docs/configuration.md`.
"""

from collections.abc import Mapping

from bakehouse.dataset_config.cache_options import CACHE_OPTIONS
from bakehouse.dataset_config.caption_options import CAPTION_OPTIONS
from bakehouse.dataset_config.image_options import SIZE_OPTIONS
from bakehouse.dataset_config.later_options import LATER_OPTIONS
from bakehouse.dataset_config.option import Options
from bakehouse.dataset_config.picture_options import PICTURE_OPTIONS
from bakehouse.dataset_config.schedule_options import SCHEDULE_OPTIONS
from bakehouse.dataset_config.source_options import IDENTITY_OPTIONS, SOURCE_OPTIONS

GROUPS: Mapping[str, Options] = {
    "Which datasets there are": IDENTITY_OPTIONS,
    "Where pictures lie": SOURCE_OPTIONS,
    "Sizes, buckets, cuts": SIZE_OPTIONS,
    "Pictures out of files": PICTURE_OPTIONS,
    "Captions, and pictures that are not used": CAPTION_OPTIONS,
    "When and how often": SCHEDULE_OPTIONS,
    "Caches, embeds": CACHE_OPTIONS,
    "Videos, audio, conditioning": LATER_OPTIONS,
}

OPTIONS: Options = {name: option for group in GROUPS.values() for name, option in group.items()}

FILLED_IN = frozenset({"listing", "source", "table"})
"""Keys that the client writes in place of paths: digests of what it sent, and where else to look."""

ALIASES: Mapping[str, str] = {"disable": "disabled", "is_regularization_data": "is_regularisation_data"}

ELSEWHERE: Mapping[str, str] = {
    **dict.fromkeys(
        ("path", "folder", "dir", "image_dir", "train_data_dir", "data_dir"), "instance_data_dir"
    ),
    "num_repeats": "repeats, which counts the extra passes: one less",
    "is_reg": "is_regularisation_data",
    "batch_size": "train_batch_size",
    "maximum_target_size": "maximum_image_size",
    **dict.fromkeys(("aws_access_key", "aws_secret_key"), "aws_access_key_id and aws_secret_access_key"),
}
"""Keys of other tools, with ours."""

EMBEDS = frozenset({"text_embeds", "image_embeds", "conditioning_image_embeds"})
"""Types of datasets that only say where caches lie; also the keys by which others name them."""
