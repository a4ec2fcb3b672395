"""The web as a table of URLs needs it: pictures, fetched within limits and made smaller where asked."""

from services.dataset.adapters.shrinking import shrink
from services.dataset.adapters.url_table import Put
from services.dataset.adapters.web.dialing import Dialer
from services.dataset.adapters.web.fetching import Fetcher
from services.dataset.domain.addresses import Allowed
from services.dataset.domain.retrying import FetchLimits
from services.dataset.ports import Fetched


class WebPictures:
    """See `services.dataset.adapters.url_table.Web`."""

    def __init__(self, allowed: Allowed, limits: FetchLimits) -> None:
        self._fetcher = Fetcher(Dialer(allowed), limits)

    def download(self, url: str, put: Put) -> Fetched:
        """See `Web`."""
        return self._fetcher.download(url, put)

    def shrink(self, data: bytes, edge: int) -> bytes | None:
        """See `Web`."""
        return shrink(data, edge)
