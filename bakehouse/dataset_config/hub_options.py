"""Keys of `type: huggingface` beside those that SimpleTuner's main document has."""

from bakehouse.dataset_config.option import Holder, Option, Options, Standing
from bakehouse.kinds import Kind

_HUB = "huggingface"
_ELSEWHERE = "In SimpleTuner's document on Hugging Face."


def _column(says: str, *, kind: Kind = Kind.TEXT, default: str = "none") -> Option:
    return Option(
        kind=kind, says=says, holder=Holder.READER, goes_with=_HUB, default=default, differs=_ELSEWHERE
    )


HUB_OPTIONS: Options = {
    "dataset_config": Option(
        kind=Kind.TEXT,
        goes_with=_HUB,
        says="Which of the dataset's configurations.",
        holder=Holder.READER,
        default="its own",
    ),
    "split": _column("Which part of the dataset.", default="train"),
    "revision": _column("A branch, tag or commit of the hub.", default="main"),
    "fallback_caption_column": _column(
        "The column, or several, taken where the caption is null or empty.",
        kind=Kind.TEXTS,
    ),
    "huggingface": Option(
        kind=Kind.TABLE,
        goes_with=_HUB,
        says="Columns; those of the same name beside it go before. `a.b` is field b of column a.",
        holder=Holder.READER,
        default="none",
        differs=_ELSEWHERE,
        block={
            "caption_column": _column("As beside it.", kind=Kind.TEXTS, default="caption"),
            "fallback_caption_column": _column("As beside it.", kind=Kind.TEXTS),
            "description_column": _column(
                "A column of text, or of a struct of texts, taken where both have nothing; each of its "
                "texts is an alternative."
            ),
            "width_column": _column("The column of widths, in pixels.", default="width"),
            "height_column": _column("The column of heights, in pixels.", default="height"),
            "filter_func": Option(
                kind=Kind.ANY,
                says="Which rows are taken.",
                standing=Standing.NOT_YET,
                instead="rows are not chosen by their columns; minimum_image_size and the like choose by "
                "size",
                differs=_ELSEWHERE,
            ),
            "composite_image_config": Option(
                kind=Kind.ANY,
                says="How a grid of pictures is taken apart.",
                standing=Standing.NOT_YET,
                instead="grids are not taken apart; do it before",
                differs=_ELSEWHERE,
            ),
        },
    ),
}
