"""Pages of lists: how many entries, and tokens for the next page that only the same list takes (AIP-158)."""

import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from hashlib import sha256

from bakehouse.errors import InvalidInputError

DEFAULT_PAGE_SIZE = 50
MAX_PAGE_SIZE = 1000

_MAC_BYTES = 16


def page_size(requested: int) -> int:
    """How many entries a page has for a request's `page_size`: 0 means 50, and 1000 are the most.

    Raises:
        InvalidInputError: it is negative.
    """
    if requested < 0:
        raise InvalidInputError(
            f"page_size: {requested} is negative; give 0 to {MAX_PAGE_SIZE}", field="page_size"
        )
    return min(requested or DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE)


class PageTokens:
    """Makes and reads page tokens. Every replica of a server needs the same `key`."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def seal(self, position: str, *binding: str) -> str:
        """A token for `position`, a text that says where the next page begins.

        Args:
            position: the sort key of the last entry given, say. Its holder can read it.
            binding: what the token is good for: method, parent, filters.
        """
        return urlsafe_b64encode(self._mac(position, binding) + position.encode()).decode()

    def unseal(self, token: str, *binding: str) -> str:
        """The position that `seal` was given; empty for an empty token, which asks for the first page.

        Raises:
            InvalidInputError: it is no token, was changed, or belongs to another list.
        """
        if not token:
            return ""
        try:
            data = urlsafe_b64decode(token.encode("ascii"))
            mac, position = data[:_MAC_BYTES], data[_MAC_BYTES:].decode()
        except (Base64Error, UnicodeError) as error:
            raise _foreign() from error
        if not hmac.compare_digest(mac, self._mac(position, binding)):
            raise _foreign()
        return position

    def _mac(self, position: str, binding: tuple[str, ...]) -> bytes:
        text = json.dumps([position, *binding])  # with its quotes no part can run into the next
        return hmac.new(self._key, text.encode(), sha256).digest()[:_MAC_BYTES]


def _foreign() -> InvalidInputError:
    return InvalidInputError(
        "page_token: not made for this list and filter, or too old; begin again with an empty one",
        field="page_token",
    )
