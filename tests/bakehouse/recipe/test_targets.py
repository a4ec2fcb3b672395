from decimal import Decimal
from pathlib import Path

import pytest

from bakehouse.errors import InvalidInputError
from bakehouse.recipe.targets import TargetGroup, Targets, balance, read_targets

TEXT = """\
concepts: {hero: 60, hat: 22.5}
groups:
  hat: {image_dir: hats, concepts: [hero, hat], class_words: red hat}
  plain: {num_pictures: 10, concepts: [hero]}
"""


@pytest.fixture
def document(tmp_path: Path) -> Path:
    (tmp_path / "hats").mkdir()
    for name in ("a.png", "b.jpg", "b.txt", "c.webp"):
        (tmp_path / "hats" / name).write_bytes(b"x")
    path = tmp_path / "targets.yaml"
    path.write_text(TEXT)
    return path


def test_pictures_are_counted_and_repeats_proposed(document: Path) -> None:
    found = balance(read_targets(document), document.parent)
    assert [group.num_pictures for group in found.groups] == [3, 10]
    assert found.proposal.passes == {"hat": 7, "plain": 4}
    assert [subset.folder for subset in found.subsets] == ["7_hat red hat", "4_plain"]


def test_fractions_may_be_asked_for(document: Path) -> None:
    found = balance(read_targets(document), document.parent, fractions=True)
    assert found.proposal.passes == {"hat": Decimal("7.5"), "plain": Decimal("3.75")}
    assert (found.whole.factor, found.whole.num_repeats) == (4, {"hat": 30, "plain": 15})


def test_what_cannot_be_is_refused(document: Path) -> None:
    document.write_text("concepts: {hero: many}\ngroups: {a: {num_pictures: 0, imge_dir: x}}")
    with pytest.raises(InvalidInputError, match=r"did you mean image_dir.*|concepts\.hero: 'many'"):
        read_targets(document)
    asked = Targets(concepts={"a": Decimal(3)}, groups={"a": TargetGroup()})
    with pytest.raises(InvalidInputError, match=r"groups\.a: give image_dir, or num_pictures"):
        balance(asked, document.parent)
