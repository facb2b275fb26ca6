"""Keyframes of a library that show what words name, by both halves of a user's model."""

from __future__ import annotations

import numpy as np

from vkeyframe.errors import UsageError
from vkeyframe.library.answers import ABOUT, Answer, Find, SearchOptions, answer_of
from vkeyframe.library.store import Library
from vkeyframe.selection.options import SelectionOptions
from vkeyframe.selection.question import relevant_from
from vkeyframe.selection.users_model import load_model
from vkeyframe.timing import format_timecode


def ask_about(selection: SelectionOptions, library: str, options: SearchOptions, threads: int = 0) -> Answer:
    """Find the keyframes that show what words name, the likest first.

    Parameters
    ----------
    selection : SelectionOptions
        With the words, and with the two halves of the model; the library was indexed with the first of them as it is.
    library : str
        Its path.
    options : SearchOptions
    threads : int

    Raises
    ------
    UsageError
        If nothing was indexed with this model, or the two halves do not belong together.
    LibraryError, MissingLibraryError, InputError
    """
    with Library.open(library) as opened:
        model = load_model(selection, threads)
        if model is None or model.words is None:
            raise UsageError("about needs both halves of a model; give features=… and text_model=… with it.")
        ids, vectors = opened.vectors(model.pictures.name)
        if not len(ids):
            cause = f"nothing in it was indexed with {selection.features} and the settings beside that"
            raise UsageError(f"{library}: {cause}; index it with features=….")
        cosines = (vectors.astype(np.float32) @ model.words.astype(np.float32)).astype(np.float64)
        best = np.argsort(-cosines, kind="stable")[: options.top]
        similarities = {int(ids[place]): round(float(cosines[place]), 4) for place in best}
        finds = [
            Find(
                video=row.path,
                kind=row.kind,
                time=row.time,
                end_time=row.time,
                timecode=format_timecode(row.time),
                similarity=similarities[row.id],
                frame=row.frame,
                shot=row.shot,
                keyframe=row.id,
            )
            for row in opened.keyframe_rows(ids[best])
        ]
    limit = round(relevant_from(cosines, model.enough), 4) if options.threshold is None else options.threshold
    return answer_of(selection.about or "", ABOUT, limit, finds)
