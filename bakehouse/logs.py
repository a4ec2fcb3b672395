"""Logs are events with fields, one JSON object a line on stderr. Secrets are cut out on the way.

`get_logger()` anywhere; `configure_logs()` once, in a bootstrap.
"""

import logging
import re
import sys
from collections.abc import Iterable, Sequence
from typing import Any, cast

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

REDACTED = "[redacted]"

_SECRET_FIELD = re.compile(r"token$|secret|password|authorization|signature|credential", re.IGNORECASE)
_SECRET_TEXT = re.compile(
    r"(?i)(bearer\s+|(?:x-amz-)?(?:signature|credential|security-token)=|//[^/\s:@]*:|\bbh_)[^\s&@\"']+"
)


def get_logger(**fields: object) -> structlog.stdlib.BoundLogger:
    """A logger that carries `fields` on each of its events."""
    return cast("structlog.stdlib.BoundLogger", structlog.get_logger(**fields))


def configure_logs(*, level: str, log_format: str, secrets: Iterable[str] = ()) -> None:
    """Send this process's logs, and those of its libraries, to stderr.

    Args:
        level: `debug`, `info`, `warning` or `error`.
        log_format: `json` for programs, `console` for people.
        secrets: values that are replaced wherever they appear.
    """
    redact = _Redactor([s for s in secrets if s])
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        redact,
    ]
    renderer: Processor = (
        structlog.dev.ConsoleRenderer() if log_format == "console" else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level.upper())),
        cache_logger_on_first_use=False,
    )
    logging.raiseExceptions = False  # a log that can't be written would print its event, unredacted
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for noisy in ("nats", "urllib3", "aiohttp.access", "grpc"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


class _Redactor:
    """Replaces secrets in field names that speak of them, in URLs and headers, and by value."""

    def __init__(self, secrets: Sequence[str]) -> None:
        self._by_value = re.compile("|".join(re.escape(s) for s in secrets)) if secrets else None

    def __call__(self, _logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        return {key: self._clean(key, value) for key, value in event.items()}

    def _clean(self, key: str, value: Any) -> Any:  # noqa: ANN401 - a log field may be anything
        if _SECRET_FIELD.search(key):
            return REDACTED
        if isinstance(value, str):
            return self._clean_text(value)
        if isinstance(value, dict):
            return {k: self._clean(str(k), v) for k, v in value.items()}
        if isinstance(value, list | tuple):
            return [self._clean("", v) for v in value]
        return value

    def _clean_text(self, text: str) -> str:
        text = _SECRET_TEXT.sub(lambda found: found.group(1) + REDACTED, text)
        return self._by_value.sub(REDACTED, text) if self._by_value else text
