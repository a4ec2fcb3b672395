from bakehouse.recent import Recent


def test_a_value_is_made_once_while_it_is_kept() -> None:
    made: list[str] = []
    recent: Recent[str, int] = Recent(2)

    def make(key: str) -> int:
        made.append(key)
        return len(made)

    def get(key: str) -> int:
        return recent.get(key, lambda: make(key))

    assert [get("a"), get("b"), get("a"), get("c"), get("b")] == [1, 2, 1, 3, 4]
    assert made == ["a", "b", "c", "b"]
