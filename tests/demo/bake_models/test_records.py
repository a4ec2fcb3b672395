import json
from pathlib import Path

import pytest

from demo.bake_models.records import FILE_NAME, LossRecord


def test_a_record_keeps_means_and_tells_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record = LossRecord(model="vae", every=2)
    for step, loss in enumerate((1.0, 3.0, 5.0, 5.0, 9.0)):
        record.add(step, {"l1": loss})
    assert record.rows == [{"step": 2, "l1": 2.0}, {"step": 4, "l1": 5.0}]
    assert capsys.readouterr().out.startswith("vae 2 ")
    record.write(tmp_path, num_parameters=7)
    LossRecord(model="tagger").write(tmp_path, num_parameters=8)
    written = json.loads((tmp_path / FILE_NAME).read_text())
    assert written["vae"]["losses"] == record.rows
    assert (written["vae"]["num_parameters"], written["tagger"]["num_parameters"]) == (7, 8)
