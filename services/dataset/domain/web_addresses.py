"""URLs of pictures: which are taken, what is told of them, and what the file is called."""

import re
from hashlib import sha256
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

from bakehouse.errors import InvalidInputError
from bakehouse.manifest.file_names import IMAGE_SUFFIXES, split_suffix
from services.dataset.domain.source_names import trouble_with

MAX_URL = 8192

_SAFE = "/%:=&?~+!$,;'@()*[]"
_HASH_DIGITS = 12
_MAX_STEM = 80
# Parts of a query that let who has them in: signatures, tokens, keys.
_SECRET = re.compile(
    r"token|secret|sig$|signature|passw|credential|api-?key|access-?key|^key$|^auth|^x-(amz|goog)-"
)


def parse_url(text: str) -> str:
    """A URL as it is asked for: spaces and letters beyond ASCII escaped, no fragment.

    Raises:
        InvalidInputError: it is none, or not of http or https.
    """
    if not text:
        raise InvalidInputError("the row has no URL")
    if len(text) > MAX_URL:
        raise InvalidInputError(f"the URL has {len(text)} letters; at most {MAX_URL} are taken")
    try:
        parts = urlsplit(text.strip())
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise InvalidInputError(f"{shown(text)} is no URL: {error}") from error
    if parts.scheme not in {"http", "https"} or not host or port == 0 or _is_odd(parts.netloc):
        raise InvalidInputError(f"{shown(text)} is no http or https URL")
    path, query = quote(parts.path or "/", safe=_SAFE), quote(parts.query, safe=_SAFE)
    return urlunsplit((parts.scheme, parts.netloc, path, query, ""))


def without_secrets(url: str) -> str:
    """A URL without user, password and the parts of its query that let who has them in."""
    parts = urlsplit(url)
    netloc = parts.netloc.rpartition("@")[2]
    query = parts.query
    pairs = parse_qsl(query, keep_blank_values=True)
    open_pairs = [(name, value) for name, value in pairs if not _SECRET.search(name.lower())]
    if len(open_pairs) < len(pairs):
        query = urlencode(open_pairs)
    return urlunsplit((parts.scheme, netloc, parts.path, query, ""))


def name_of_url(url: str) -> str:
    """What the picture of a URL is called where its row doesn't say: a stem, and a hash of the URL."""
    plain = without_secrets(url)
    last = unquote(urlsplit(plain).path.rpartition("/")[2])
    stem, suffix = split_suffix(last)
    readable = re.sub(r"[^\w.-]+", "_", stem, flags=re.ASCII).strip("._")[:_MAX_STEM]
    own = sha256(plain.encode()).hexdigest()[:_HASH_DIGITS]
    return f"{readable}-{own}{suffix}" if suffix in IMAGE_SUFFIXES else f"{readable}-{own}.png"


def name_of_row(name: str, url: str) -> str:
    """What the picture of a row is called: its name, with a picture's suffix (the URL's, or `.png`).

    Without a name, or where that is a URL, it is called by the row's URL.

    Raises:
        InvalidInputError: the name leads out of the dataset, or can't be a file's.
    """
    if not name or "://" in name:  # the column of URLs, given as that of names
        return name_of_url(url)
    clean = name.removeprefix("./")
    if trouble := trouble_with(clean):
        raise InvalidInputError(f"{trouble}; give relative names")
    if split_suffix(clean)[1] in IMAGE_SUFFIXES:
        return clean
    suffix = split_suffix(urlsplit(url).path)[1]
    return clean + (suffix if suffix in IMAGE_SUFFIXES else ".png")


def shown(url: str) -> str:
    """A URL or what was meant as one, as a message has it: short, and without what lets people in."""
    try:
        plain = without_secrets(url.strip())
    except ValueError:
        plain = url.rpartition("@")[2].partition("?")[0]
    text = plain if plain.isprintable() else repr(plain)
    return text if len(text) <= 200 else f"{text[:197]}..."


def _is_odd(netloc: str) -> bool:
    return bool(re.search(r"[\s\\%<>^`{|}\x00-\x1f]", netloc.rpartition("@")[2]))
