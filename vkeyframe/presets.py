"""What each purpose asks for."""

from typing import Any

PRESETS: dict[str, dict[str, Any]] = {
    "summary": {"max": 12, "min_gap": 1.0, "sensitivity": 0.4, "skip_dark": True, "skip_flat": True},
    "slides": {"keep": "states"},
    "surveillance": {"keep": "events", "analysers": ("novelty",)},
    "photogrammetry": {"keep": "steps", "min_sharpness": 0.5},
    "thumbnail": {"count": 1, "cover": True, "min_sharpness": 0.5, "skip_dark": True, "skip_flat": True},
    "dataset": {"sensitivity": 1.0, "min_gap": 1.0, "min_sharpness": 0.5, "skip_dark": True, "skip_flat": True},
}
