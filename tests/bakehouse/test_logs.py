import json
import logging

import pytest

from bakehouse.logs import configure_logs, get_logger


@pytest.fixture(autouse=True)
def logs() -> None:
    configure_logs(level="info", log_format="json", secrets=["canary-value"])


def last_line(capture: pytest.CaptureFixture[str]) -> dict[str, object]:
    line: dict[str, object] = json.loads(capture.readouterr().err.splitlines()[-1])
    return line


def test_an_event_is_a_line_of_json_with_its_fields(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(level="info", log_format="json")
    get_logger().info("image_ingested", width=3)
    line = last_line(capsys)
    assert (line["event"], line["width"], line["level"]) == ("image_ingested", 3, "info")


@pytest.mark.parametrize(
    "fields",
    [
        {"detail": "it was canary-value"},
        {"token": "canary"},
        {"authorization": "Bearer canary"},
        {"text": "authorization: Bearer canary"},
        {"text": "the token bh_canary_canary was refused"},
        {"url": "https://host/key?X-Amz-Signature=canary&x=1"},
        {"url": "s3://user:canary@host/"},
        {"nested": {"secret_key": "canary", "list": ["Bearer canary"]}},
    ],
)
def test_secrets_are_cut_out(fields: dict[str, object], capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(level="info", log_format="json", secrets=["canary-value"])
    get_logger().info("event", **fields)
    assert "canary" not in capsys.readouterr().err


def test_secrets_are_cut_out_of_tracebacks_and_of_libraries(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(level="info", log_format="json", secrets=["canary-value"])
    try:
        raise ValueError("canary-value")
    except ValueError:
        get_logger().exception("failed")
    logging.getLogger("library").warning("with %s", "canary-value")
    assert "canary" not in capsys.readouterr().err
