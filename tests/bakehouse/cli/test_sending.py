"""How far sending is, in a line."""

import pytest

from bakehouse.cli.sending import SendingLine, sending_text
from bakehouse.client.shipping import Shipped

READ = Shipped(what="dataset a", phase="reading", done_files=3, num_files=9)
SENT = Shipped(
    what="base model", phase="sending", done_files=9, num_files=9, done_bytes=3 << 20, num_bytes=3 << 20
)


def test_files_are_read_and_then_sent() -> None:
    assert sending_text(READ) == "dataset a: read 3/9 files"
    assert sending_text(SENT) == "base model: sent 9/9 files, 3.0 of 3.0 MiB"


def test_without_a_terminal_only_what_was_sent_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with SendingLine() as line:
        line.show(READ)
        line.show(SENT)
    assert capsys.readouterr().err == "base model: sent 9/9 files, 3.0 of 3.0 MiB\n"
