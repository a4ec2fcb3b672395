from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.dataset.name_order import name_order


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=30)
@given(names=st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=5)))
def test_names_come_in_the_order_of_texts_each_once(tmp_path: Path, names: list[str]) -> None:
    with name_order(tmp_path) as order:
        added = [order.add(name, b"%d" % number) for number, name in enumerate(names)]
        found = list(order.lines())
    assert [name for name, _ in found] == sorted(set(names))
    assert added == [names.index(name) == number for number, name in enumerate(names)]
    assert {name: int(line) for name, line in found} == {name: names.index(name) for name in names}


def test_those_below_a_folder_are_found(tmp_path: Path) -> None:
    with name_order(tmp_path) as order:
        for name in ("a/b", "a/c", "a-b", "a0", "b"):
            order.add(name, name.encode())
        assert [name for name, _ in order.lines("a/")] == ["a/b", "a/c"]
    assert list(tmp_path.iterdir()) == []
