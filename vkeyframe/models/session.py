"""A model that is loaded: what it takes and gives, and what can be wrong with it, in sentences."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy import ndarray

from vkeyframe.errors import InputError, MissingLibraryError, ResourceError, UsageError, from_foreign
from vkeyframe.models.files import check_model
from vkeyframe.process.heartbeat import tick

FLOATS = {"tensor(float)": np.float32, "tensor(float16)": np.float16}
# Outputs with these names are vectors of what is shown or said, in this order, as the usual exporters name them.
VECTORS = ("image_embeds", "text_embeds", "sentence_embedding", "pooler_output")
LONGEST_VECTOR = 16384
# Vectors shorter than this have no direction.
_SHORTEST = 1e-12


@dataclass(frozen=True, slots=True)
class Port:
    """An input or output: its name, its type as onnxruntime calls it, and its sizes, of which those that are open are None."""

    name: str
    kind: str
    shape: tuple[int | None, ...]


class Session:
    """A model in onnxruntime, on the processor, with one thread for each call, so that a result depends on no number of threads.

    Parameters
    ----------
    path : Path

    Raises
    ------
    MissingLibraryError
        If onnxruntime is not installed.
    InputError
        If it is no model that can be loaded.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        runtime = _runtime()
        check_model(path)
        options = runtime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.use_deterministic_compute = True
        # What it logs, the error says as well.
        options.log_severity_level = 4
        try:
            self._session = runtime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        except Exception as error:
            raise _refused(path, "cannot be loaded", error) from None
        tick()
        self.inputs = tuple(_port(each) for each in self._session.get_inputs())
        self.outputs = tuple(_port(each) for each in self._session.get_outputs())

    def run(self, output: str, given: Mapping[str, ndarray]) -> ndarray:
        """Return one output, an array of floats.

        Raises
        ------
        InputError
            If it fails, or the output is none.
        """
        try:
            found = self._session.run([output], dict(given))[0]
        except Exception as error:
            raise _refused(self.path, "cannot be run", error) from None
        tick()
        if not isinstance(found, np.ndarray) or found.dtype.kind != "f":
            raise InputError(f"{self.path}: its output '{output}' is no array of floats; export it with one that is.")
        return found

    def output_of(self, wanted: str | None) -> str:
        """Return the name of the output that is the vector.

        Raises
        ------
        UsageError
            If there is no such output, or several that it might be.
        """
        names = [each.name for each in self.outputs]
        toml = self.path.with_suffix(".toml").name
        if wanted is not None and wanted not in names:
            raise UsageError(f"{self.path}: has no output '{wanted}', which {toml} names; it has {', '.join(names)}.")
        usual = [name for name in VECTORS if name in names]
        flat = [each.name for each in self.outputs if len(each.shape) == 2]
        found = [wanted] if wanted else usual[:1] or (names if len(names) == 1 else flat)
        if len(found) != 1:
            raise UsageError(
                f"{self.path}: has the outputs {', '.join(names)}; name the one that is the vector in {toml} (output)."
            )
        return str(found[0])


def unit_rows(vectors: ndarray, path: Path) -> ndarray:
    """Scale each row to length 1; one of zeros stays so.

    Raises
    ------
    InputError
        If a number is not finite, or there are too many.
    """
    if not 1 <= vectors.shape[1] <= LONGEST_VECTOR:
        raise InputError(f"{path}: gives vectors of {vectors.shape[1]} numbers, but 1 to {LONGEST_VECTOR} can be used.")
    wide = vectors.astype(np.float64)
    if not np.isfinite(wide).all():
        raise InputError(f"{path}: gives numbers that are none (NaN or infinite); check mean, std and scale, or export it anew.")
    length = np.sqrt((wide * wide).sum(axis=1, keepdims=True))
    return np.asarray(np.where(length > _SHORTEST, wide / np.maximum(length, _SHORTEST), 0.0), np.float32)


def _runtime() -> Any:
    try:
        import onnxruntime
    except ImportError as error:
        if isinstance(cause := from_foreign("onnxruntime", error), ResourceError):
            raise cause from None
        raise MissingLibraryError(f"A model needs onnxruntime ({error}); pip install 'vkeyframe[onnx]'.") from None
    # It collects nothing on the systems that we know of; on Windows it would.
    onnxruntime.disable_telemetry_events()
    return onnxruntime


def _port(found: Any) -> Port:
    shape = tuple(size if isinstance(size, int) and size >= 0 else None for size in found.shape or ())
    return Port(found.name, found.type, shape)


def _refused(path: Path, what: str, error: Exception) -> InputError | ResourceError:
    """Return the error of ours for one of onnxruntime's, whose first words say only that it is its own."""
    cause = from_foreign(str(path), error)
    if isinstance(cause, ResourceError):
        return cause
    text = " ".join(str(error).split()).rpartition(" : ")[2]
    shown = text if len(text) <= 200 else f"{text[: math.floor(200)]}…"
    return InputError(f"{path}: {what} by onnxruntime ({shown.rstrip('.')}); give a model in ONNX that it knows.")
