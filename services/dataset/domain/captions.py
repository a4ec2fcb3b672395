"""What a source itself says of a picture: its file name, the text file beside it, or the instance prompt."""

from pathlib import PurePosixPath

from bakehouse.errors import InvalidInputError
from services.dataset.domain.entry import EntrySpec


def captions_of(entry: EntrySpec, name: str, text: str | None) -> list[str]:
    """The captions of the picture `name`, alternatives of each other; none where the source has none.

    White space around a caption is dropped, and a caption that is empty then.

    Args:
        entry: says which strategy.
        name: of the picture's file, with "/".
        text: of the file beside it, None where there is none.
    """
    if entry.only_instance_prompt or entry.caption_strategy == "instanceprompt":
        return list(entry.prompts)
    if entry.caption_strategy == "filename":
        found = [PurePosixPath(name).stem.replace("_", " ")]
    else:
        found = _of_text(text, is_one=entry.disable_multiline_split)
    if entry.prepend_instance_prompt:
        found = [f"{entry.instance_prompt} {caption.strip()}" for caption in found]
    return [caption.strip() for caption in found if caption.strip()]


def decode_text(data: bytes) -> str:
    """A text file's text.

    Raises:
        InvalidInputError: it is not UTF-8.
    """
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInputError("the text file is not UTF-8; save it as UTF-8") from error


def _of_text(text: str | None, *, is_one: bool) -> list[str]:
    if text is None:
        return []
    if is_one or "\n" not in text:
        return [text]
    return [line for line in text.split("\n") if line.strip()]
