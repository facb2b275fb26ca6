"""How every kernel is compiled."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit

Function = TypeVar("Function", bound=Callable[..., Any])


def kernel(function: Function) -> Function:
    """Compile a function with Numba: no interpreter lock, cached on disk, IEEE arithmetic.

    Serial on purpose: parallel kernels called from several threads can abort the process, and results must not
    depend on the number of threads. Where no folder can hold the cache (a read-only installation without a
    home), the kernel is compiled anew in every process.
    """
    compiled: Any
    try:
        compiled = njit(nogil=True, cache=True, error_model="numpy")(function)
    except RuntimeError:
        compiled = njit(nogil=True, error_model="numpy")(function)
    return cast(Function, compiled)
