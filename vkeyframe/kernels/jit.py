"""How every kernel is compiled."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar, cast

from numba import njit

Function = TypeVar("Function", bound=Callable[..., Any])


def kernel(function: Function) -> Function:
    """Compile a function with Numba: no interpreter lock, cached on disk, IEEE arithmetic.

    Serial on purpose: parallel kernels called from several threads can abort the process, and results must not
    depend on the number of threads. Where no folder can hold the cache (a read-only installation without a
    home, a full disk), the kernel is compiled anew in every process.
    """
    compiled: Any
    try:
        compiled = njit(nogil=True, cache=True, error_model="numpy")(function)
        # With NUMBA_DISABLE_JIT a kernel stays a plain function.
        if hasattr(compiled, "_cache"):
            compiled._cache = _ForgivingCache(compiled._cache)
    except (RuntimeError, OSError):
        compiled = njit(nogil=True, error_model="numpy")(function)
    return cast(Function, compiled)


def part(function: Function) -> Function:
    """Mark a function as a part of the kernel that calls it: Numba copies it into that kernel before compiling it.

    So a long kernel can be divided and runs as fast as before; each part adds about a tenth of a second to its first compilation.
    A kernel that calls another kernel costs more: it is optimised once more for each.
    """
    return cast(Function, njit(nogil=True, inline="always", error_model="numpy")(function))


class _ForgivingCache:
    """A cache of Numba of which a file that cannot be read is made anew, and one that cannot be written is done without.

    Numba itself passes on whatever reading a truncated file raises, in every process from then on.
    """

    def __init__(self, cache: Any) -> None:
        self._cache = cache

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cache, name)

    def load_overload(self, *given: Any) -> Any:
        """Load a compiled kernel; None if it is not there or cannot be read."""
        try:
            return self._cache.load_overload(*given)
        except MemoryError:
            raise
        except Exception:  # unpickling what is broken may raise anything
            with suppress(Exception):
                self._cache.flush()
            return None

    def save_overload(self, *given: Any) -> None:
        """Save a compiled kernel, if that is possible."""
        with suppress(Exception):
            self._cache.save_overload(*given)
