"""Tags as boorus give them made a caption: `character:hatsune_miku|general:1girl|rating:safe`. Pure.

Between tags is "|" or a new line. A namespace is one only if it is known: `re:zero` and `:d` are tags.
"""

from collections.abc import Iterator

# Whom and what it shows comes first, as people write captions; what says nothing of the picture goes.
_ORDER = ("character", "copyright", "series", "species", "artist", "creator", "studio")
_DROPPED = frozenset(
    ("rating", "meta", "metadata", "medium", "source", "score", "title", "page", "pool", "md5", "id", "date")
)
_KNOWN = frozenset((*_ORDER, *_DROPPED, "general", "tag", "person", "clothing", "lore", "model", "style"))


def caption_of_tags(text: str) -> str:
    """The tags, each once, "_" as spaces, joined by ", ": characters first, then as they come.

    Left out are rating, source, score and other words about the post; an artist's name stays.
    """
    tags = list(_tags(text))
    ranked = sorted(tags, key=lambda tag: tag[0])  # stable
    return ", ".join(dict.fromkeys(name for _, name in ranked))


def _tags(text: str) -> Iterator[tuple[int, str]]:
    for piece in text.replace("\n", "|").split("|"):
        namespace, colon, name = piece.strip().partition(":")
        known = namespace.strip().lower()
        if not colon or known not in _KNOWN:
            known, name = "general", piece
        words = " ".join(name.replace("_", " ").split())
        if words and known not in _DROPPED:
            yield _ORDER.index(known) if known in _ORDER else len(_ORDER), words
