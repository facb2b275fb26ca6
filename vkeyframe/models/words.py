"""The half of a model that reads: from words to a vector."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy import ndarray

from vkeyframe.errors import InputError, MissingLibraryError, UsageError
from vkeyframe.models.recipe import LONGEST_TEXT, TextRecipe, read_recipe
from vkeyframe.models.session import Port, Session, unit_rows

WHOLE_NUMBERS = {"tensor(int64)": np.int64, "tensor(int32)": np.int32}
# That of CLIP, for a model that does not say how much it takes.
USUAL_LENGTH = 77
# The vocabulary of the largest known has 35 MB.
MOST_BYTES = 128 << 20
# What fills up in the tokenizers that are usual, where they do not say it.
FILLERS = ("[PAD]", "<pad>", "<|endoftext|>", "</s>")


class TextModel:
    """Makes a vector of words.

    Parameters
    ----------
    path : Path
        A model in ONNX. Its ``tokenizer.json`` lies beside it or one folder above, and what else it wants stands in a TOML file
        beside it, see `TextRecipe`.

    Attributes
    ----------
    recipe : TextRecipe

    Raises
    ------
    MissingLibraryError, InputError, UsageError
        As of `PictureModel`.
    """

    def __init__(self, path: Path) -> None:
        self.path, self.recipe = path, read_recipe(TextRecipe, path)
        self._session = Session(path)
        self._ports = {each.name: each for each in self._session.inputs}
        self._ids = self._ids_input()
        self._output = self._session.output_of(self.recipe.output)
        self._place = self._tokenizer_file()
        self._tokenizer = _loaded(self._place)
        # Models with a fixed length were trained with it.
        self._padding = self._tokenizer.padding or {}
        self._fixed = self._ids.shape[1] or self.recipe.length or self._padding.get("length")
        if self._fixed is not None and not 1 <= self._fixed <= LONGEST_TEXT:
            raise InputError(f"{path}: takes {self._fixed} tokens; no more than {LONGEST_TEXT} can be used.")

    def embed(self, words: str) -> ndarray:
        """Return a vector of length 1, (d,) float32.

        Raises
        ------
        InputError
            If the model fails, or gives no vector.
        """
        ids, mask = self._tokens(self.recipe.prompt.replace("{}", words))
        given = {name: self._value(port, ids, mask) for name, port in self._ports.items()}
        found = self._session.run(self._output, given)
        if found.ndim not in (2, 3) or 0 in found.shape or found.shape[0] != 1:
            raise InputError(f"{self.path}: gives an array of {found.shape} for one text, and not a vector.")
        if found.ndim == 3:
            found = found[:, 0] if self.recipe.tokens == "first" else self._mean(found, mask)
        return np.asarray(unit_rows(found, self.path)[0])

    def _mean(self, found: ndarray, mask: ndarray) -> ndarray:
        """Return the mean of the tokens that are words; of all where there are other numbers of them."""
        weights = mask if found.shape[1] == mask.size else np.ones(found.shape[1])
        return np.asarray((found * weights[None, :, None]).sum(axis=1, dtype=np.float64) / max(1.0, float(weights.sum())))

    def _tokens(self, text: str) -> tuple[ndarray, ndarray]:
        """Return the numbers of the tokens and which of them are words, (length,) int64."""
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(self._fixed or _truncated_to(self._tokenizer) or USUAL_LENGTH)
        found = _guarded(self._place, lambda: self._tokenizer.encode(text).ids)
        missing = max(0, (self._fixed or 0) - len(found))
        ids = np.array([*found, *[self._pad()] * missing], np.int64)
        return ids, np.array([1] * len(found) + [0] * missing, np.int64)

    def _pad(self) -> int:
        own = self._padding.get("pad_id") if self.recipe.pad is None else self.recipe.pad
        if own is not None:
            return int(own)
        said = _pad_token(self._place.with_name("tokenizer_config.json"))
        known = [self._tokenizer.token_to_id(name) for name in ((said,) if said else FILLERS)]
        return next((number for number in known if number is not None), 0)

    def _value(self, port: Port, ids: ndarray, mask: ndarray) -> ndarray:
        values = {"attention_mask": mask, "token_type_ids": np.zeros_like(ids), "position_ids": np.arange(ids.size)}
        return np.asarray(ids if port is self._ids else values[port.name], WHOLE_NUMBERS[port.kind])[None, :]

    def _ids_input(self) -> Port:
        others = ("attention_mask", "token_type_ids", "position_ids")
        found = [port for name, port in self._ports.items() if name not in others]
        texts = [port for port in self._ports.values() if port.kind in WHOLE_NUMBERS and len(port.shape) == 2]
        if len(found) != 1 or len(texts) != len(self._ports):
            names = ", ".join(self._ports) or "none"
            raise InputError(
                f"{self.path}: its inputs are {names}, and not the tokens of a text; give the half of a model that reads."
            )
        if found[0].shape[0] not in (None, 1):
            raise InputError(f"{self.path}: takes {found[0].shape[0]} texts at once; export it for one, or with an open batch.")
        return found[0]

    def _tokenizer_file(self) -> Path:
        name = self.recipe.tokenizer or "tokenizer.json"
        for folder in (self.path.parent, self.path.parent / ".."):
            if (folder / name).is_file():
                return folder / name
        raise InputError(f"{self.path}: there is no {name} beside it; put there the tokenizer that it was trained with.")


def _loaded(path: Path) -> Any:
    try:
        from tokenizers import Tokenizer
    except ImportError as error:
        raise MissingLibraryError(f"Words need tokenizers ({error}); pip install 'vkeyframe[onnx]'.") from None
    try:
        if path.stat().st_size > MOST_BYTES:
            raise InputError(f"{path}: has more than {MOST_BYTES >> 20} MiB, too many for a tokenizer.")
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{path}: cannot be read ({getattr(error, 'strerror', None) or 'not UTF-8'}).") from None
    return _guarded(path, lambda: Tokenizer.from_str(text))


def _guarded(path: Path, work: Any) -> Any:
    """Do what may fail in the tokenizer, whose panics are no Exception."""
    try:
        return work()
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:
        text = " ".join(str(error).split())[:200]
        raise InputError(f"{path}: is no tokenizer that can be used ({text}); use the one that came with the model.") from None


def _truncated_to(tokenizer: Any) -> int | None:
    cut = tokenizer.truncation
    return cut["max_length"] if cut and isinstance(cut.get("max_length"), int) else None


def _pad_token(path: Path) -> str | None:
    """Return which token fills up, as the configuration of transformers says it."""
    try:
        data = path.read_bytes()[:MOST_BYTES]
        found = json.loads(data).get("pad_token")
    except (OSError, ValueError, AttributeError, RecursionError):
        return None
    found = found.get("content") if isinstance(found, dict) else found
    return found if isinstance(found, str) else None


def check_same_size(numbers: int, vector: ndarray, pictures: Path, words: Path) -> None:
    """Refuse two halves whose vectors have different sizes.

    Raises
    ------
    UsageError
    """
    if vector.size != numbers:
        raise UsageError(f"{words}: gives {vector.size} numbers, and {pictures} {numbers}; give two halves of one model.")
