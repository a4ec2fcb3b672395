"""Keys that have no work here: they place, size or trust caches, and results here are filed by content."""

from bakehouse.dataset_config.option import Option, Options, Standing
from bakehouse.kinds import Kind

_BY_CONTENT = "what is computed is filed under what it depends on, so there is no cache to place or to clear"
_BY_SPEED = "units of work are sized by measured speed"
_KNOWN = "files are told apart by size, time and content, and what was seen of one is remembered"


def _replaced(kind: Kind, says: str, instead: str, *, differs: str = "", default: str = "") -> Option:
    return Option(
        kind=kind, says=says, instead=instead, differs=differs, default=default, standing=Standing.REPLACED
    )


CACHE_OPTIONS: Options = {
    "default": _replaced(
        Kind.FLAG,
        "Of a dataset of `text_embeds`: the one that others use if they name none. One at most; it decides "
        "whose `caption_filter_list` counts.",
        _BY_CONTENT,
        default="false",
    ),
    "cache_dir": _replaced(Kind.TEXT, "Where the embeds of a dataset of embeds lie.", _BY_CONTENT),
    "cache_dir_vae": _replaced(Kind.TEXT, "Where latents lie.", _BY_CONTENT),
    "cache_dir_conditioning_image_embeds": _replaced(
        Kind.TEXT, "Where embeds of conditioning pictures lie.", _BY_CONTENT
    ),
    "csv_cache_dir": _replaced(
        Kind.TEXT,
        "With `type: csv`: where pictures that were fetched lie.",
        "they are blobs of the studio, each fetched once",
    ),
    "text_embeds": _replaced(
        Kind.TEXT,
        "The dataset of `text_embeds` that keeps its captions' embeds; the default one if none is named. "
        "It must be there; its `caption_filter_list` counts.",
        _BY_CONTENT,
    ),
    "image_embeds": _replaced(
        Kind.TEXT, "The dataset of `image_embeds` that keeps its latents. It must be there.", _BY_CONTENT
    ),
    "conditioning_image_embeds": _replaced(
        Kind.TEXT, "The dataset that keeps its conditioning pictures' embeds. It must be there.", _BY_CONTENT
    ),
    "hash_filenames": _replaced(Kind.FLAG, "Nothing, in SimpleTuner either.", _BY_CONTENT),
    "cache_file_suffix": _replaced(Kind.TEXT, "How files of the cache are told apart.", _BY_CONTENT),
    "write_batch_size": _replaced(Kind.INTEGER, "How many embeds are written at once.", _BY_SPEED),
    "conditioning_image_embed_batch_size": _replaced(
        Kind.INTEGER, "How many embeds are computed at once.", _BY_SPEED
    ),
    "vae_cache_ondemand": _replaced(
        Kind.FLAG,
        "Encode latents while training.",
        "what is missing is computed before training, what is there is not",
    ),
    "vae_cache_disable": _replaced(
        Kind.FLAG,
        "Don't keep latents.",
        "latents are kept: a quarter of a byte for each pixel, in float32",
        differs="In the document an option of the trainer, in the code one of datasets too.",
    ),
    "vae_cache_clear_each_epoch": _replaced(
        Kind.FLAG,
        "Encode anew for each epoch, so that random cuts differ.",
        "latents are filed by content, and a picture has one random cut, drawn from seed and sample",
        differs="There on with random shapes alone, whatever the document says.",
    ),
    "metadata_update_interval": _replaced(
        Kind.INTEGER, "Seconds between looks for new pictures.", "a snapshot does not change while it trains"
    ),
    "skip_file_discovery": _replaced(
        Kind.TEXT, "Which looks at files are left out: `vae`, `aspect`, `metadata`, `text`.", _KNOWN
    ),
    "preserve_data_backend_cache": _replaced(Kind.FLAG, "Keep the list of files of the run before.", _KNOWN),
    "streaming": _replaced(
        Kind.FLAG,
        "With `type: huggingface`: read it as it comes.",
        "datasets are always read as they come, and what is had is a blob",
        differs="In SimpleTuner's document on Hugging Face.",
    ),
    "num_proc": _replaced(
        Kind.INTEGER,
        "With `type: huggingface`: processes that filter.",
        _BY_SPEED,
        differs="In SimpleTuner's document on Hugging Face.",
    ),
}
