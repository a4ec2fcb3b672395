"""`ss_tag_frequency`: how often each tag is in a folder's captions, as other programs show it. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping


def tag_frequency(captions: Iterable[tuple[str, str]]) -> Mapping[str, Mapping[str, int]]:
    """Counts of tags by folder, in the order in which they were met.

    Args:
        captions: (folder, caption) of each sample, once, whatever its repeats. Tags are what commas
            separate, lower case, without the space around them.
    """
    folders: dict[str, Counter[str]] = {}
    for folder, caption in captions:
        counts = folders.setdefault(folder, Counter())
        counts.update(tag for tag in (part.strip().lower() for part in caption.split(",")) if tag)
    return {folder: dict(counts) for folder, counts in folders.items()}
