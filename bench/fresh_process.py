"""Runs a function in a process of its own and says how long it took and how much memory it peaked at."""

import resource
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Generic, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured(Generic[T]):
    """What the function returned, its wall time, and the peak of its process's resident memory."""

    result: T
    seconds: float
    peak_mib: float


def measure(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Measured[T]:
    """Call `function`, which must be importable by name, in a fresh process."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(_timed, function, args, kwargs).result()


def _timed(function: Callable[..., T], args: tuple[object, ...], kwargs: dict[str, object]) -> Measured[T]:
    start = time.perf_counter()
    result = function(*args, **kwargs)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return Measured(
        result=result, seconds=seconds, peak_mib=peak / (1 << 20 if sys.platform == "darwin" else 1 << 10)
    )
