"""stub"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class VideoFile:
    path: Path
    shown_as: str

    @classmethod
    def of(cls, path, shown_as=None):
        return cls(Path(path), shown_as or str(path))

    def __str__(self):
        return self.shown_as
