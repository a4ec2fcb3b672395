from pathlib import Path
from typing import Any

from services.dataset.spool import Spool


def test_rows_come_back_as_they_went_and_leave_nothing(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [
        {"sample_id": bytes([n] * 16), "text": "é", "renditions": [], "reason": None} for n in range(3)
    ]
    with Spool(tmp_path) as spool:
        spool.add(rows[:2])
        spool.add(rows[2:])
        assert list(spool.rows()) == rows
        assert list(spool.rows()) == rows
    assert list(tmp_path.iterdir()) == []
