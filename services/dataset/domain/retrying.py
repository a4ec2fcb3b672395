"""How often and how long after an answer a server is asked again. Pure: the clock and chance are given."""

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

# Answers that another try may better; 425 Too Early, 429 Too Many Requests, 5xx of a server in trouble.
TRANSIENT = frozenset({408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 529})


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchLimits:
    """What one URL may take, and one host.

    Args:
        max_bytes: of a file.
        attempt_s: one request, from the look-up of its host to its last byte.
        total_s: all tries and the time between them.
        silence_s: without a byte.
        redirects: in a row.
        attempts: tries.
        longest_wait_s: between two tries, whatever the server asks for.
        connections: to a host at a time.
        per_second: requests to a host, by one worker.
    """

    max_bytes: int = 256 << 20
    attempt_s: float = 60.0
    total_s: float = 240.0
    silence_s: float = 20.0
    redirects: int = 5
    attempts: int = 5
    longest_wait_s: float = 60.0
    connections: int = 8
    per_second: float = 20.0


def wait_s(attempt: int, asked_s: float | None, chance: float, longest_s: float) -> float:
    """How long to wait after the `attempt`th try (from 1): what the server asks, else half a second doubled.

    Args:
        attempt: that failed.
        asked_s: by `Retry-After`, None where it says nothing.
        chance: in [0, 1): spreads those who failed together.
        longest_s: no wait is longer.
    """
    own = 0.5 * 2 ** (attempt - 1) * (0.5 + chance)
    return min(own if asked_s is None else asked_s + 0.1 * chance, longest_s)


def retry_after_s(header: str | None, now: datetime) -> float | None:
    """The seconds that a `Retry-After` asks for: a number or a date. None where it is neither.

    Source: RFC 9110, 10.2.3.
    """
    if header is None:
        return None
    text = header.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())
