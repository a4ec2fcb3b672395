"""What a source itself says of a picture: its file name, a text file, a table, an instance prompt. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bakehouse.dataset_config.entry import EntrySpec
from bakehouse.errors import InvalidInputError
from services.dataset.domain.caption_filters import CaptionFilters
from services.dataset.domain.caption_shuffle import CaptionShuffle
from services.dataset.domain.tag_files import caption_of_tags

_PROMPT = "instanceprompt"
_CLASS = "class_tokens"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What there is about a picture.

    Args:
        name: of its file, with "/".
        text: of the file beside it, None where there is none.
        listed: what a table says, or the source's own list: alternatives.
    """

    name: str
    text: str | None = None
    listed: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Captions:
    """The captions of a picture, alternatives of each other; none where the source has none. Where from."""

    source: str
    texts: tuple[str, ...]


class CaptionRules:
    """Makes an entry's captions: words, orders, the instance prompt before them, filters, what is around.

    White space around a caption is dropped, and a caption that is empty then. Nothing is made up: who has no
    words has no caption, whatever is to go before it. An empty text file is empty words: the instance prompt
    is put before them.
    """

    def __init__(self, entry: EntrySpec) -> None:
        """Read the entry's filters.

        Raises:
            InvalidInputError: some are wrong; the message names the line of each.
        """
        self._entry = entry
        try:
            self._filters = CaptionFilters(entry.caption_filter_list)
        except InvalidInputError as error:
            raise self._blamed(error) from error
        self._before = f"{entry.caption_prefix} " if entry.caption_prefix else ""
        self._after = f" {entry.caption_suffix}" if entry.caption_suffix else ""
        self._is_plain = not (entry.caption_filter_list or self._before or self._after)

    def captions(self, said: Said) -> Captions:
        """The captions of a picture.

        Raises:
            InvalidInputError: a filter can't be applied to one of them; the message names its line.
        """
        source, found = self._found(said)
        texts = [caption.strip() for caption in found]
        if not self._is_plain:
            texts = [self._finished(text) for text in texts if text]
        return Captions(source=source, texts=tuple(text for text in texts if text))

    def _found(self, said: Said) -> tuple[str, Iterable[str]]:
        entry = self._entry
        if entry.only_instance_prompt or entry.caption_strategy == _PROMPT:
            return _PROMPT, entry.prompts
        source, found = str(entry.caption_strategy), self._words(said)
        if entry.class_tokens and not any(caption.strip() for caption in found):
            source, found = _CLASS, [entry.class_tokens]
        if entry.caption_shuffle.enable:
            shuffle = CaptionShuffle(rules=entry.caption_shuffle)
            found = [other for caption in found for other in shuffle.apply(caption.strip())]
        if entry.prepend_instance_prompt:
            found = [f"{entry.instance_prompt} {caption.strip()}" for caption in found]
        return source, found

    def _words(self, said: Said) -> list[str]:
        entry = self._entry
        if entry.caption_strategy == "filename":
            found = [_stem(said.name).replace("_", " ")]
        elif entry.caption_strategy != "textfile":
            found = [*said.listed]
        elif said.text is None:
            found = []
        elif entry.disable_multiline_split or entry.caption_format == "booru" or "\n" not in said.text:
            found = [said.text]
        else:
            found = [line for line in said.text.split("\n") if line.strip()]
        return [caption_of_tags(tags) for tags in found] if entry.caption_format == "booru" else found

    def _finished(self, caption: str) -> str:
        try:
            filtered = self._filters.apply(caption).strip()
        except InvalidInputError as error:
            raise self._blamed(error) from error
        return f"{self._before}{filtered}{self._after}".strip() if filtered else ""

    def _blamed(self, error: InvalidInputError) -> InvalidInputError:
        what = f"dataset {self._entry.id}: caption_filter_list, {error.message}"
        return InvalidInputError(what, field="caption_filter_list")


def _stem(name: str) -> str:
    """The file's name without its last suffix; as `PurePath.stem`, which takes as long as all the rest."""
    last = name.rpartition("/")[2]
    stem, _, suffix = last.rpartition(".")
    return stem if stem and suffix else last


def decode_text(data: bytes) -> str:
    """A text file's text.

    Raises:
        InvalidInputError: it is not UTF-8.
    """
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInputError("the text file is not UTF-8; save it as UTF-8") from error
