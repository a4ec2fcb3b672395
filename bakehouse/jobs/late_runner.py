"""A runner that is made when its first unit comes: an idle child has not imported what costs most, torch."""

from collections.abc import Callable

from bakehouse.jobs.stage import Runner, UnitRequest, UnitWork


class LateRunner:
    """Passes units to the runner of `make`. For one thread. See `bakehouse.jobs.stage.Runner`."""

    def __init__(self, make: Callable[[], Runner]) -> None:
        self._make = make
        self._runner: Runner | None = None

    def open(self, request: UnitRequest) -> UnitWork:
        """What the runner opens. It is made once; what `make` raises is raised, and tried again next time."""
        if self._runner is None:
            self._runner = self._make()
        return self._runner.open(request)
