"""The brushes of the sample clips, and the things which stand in their pictures.

Places in a picture are given as in `X` and `Y`: the middle is (0, 0), the top edge -1, the bottom edge 1
and the right edge 16/9, so that a unit is 270 pixels.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[Any]  # float32, RGB, 0 to 1

INK = 0.13, 0.16, 0.22
PAPER = 0.97, 0.97, 0.95
WIDE, TALL = 960, 540
X, Y = np.meshgrid(np.linspace(-16 / 9, 16 / 9, WIDE, dtype="f4"), np.linspace(-1, 1, TALL, dtype="f4"))


def unit(values: Picture) -> Picture:
    """Return `values` held between 0 and 1."""
    held: Picture = np.clip(values, 0, 1)
    return held


def noise(rng: np.random.Generator, rows: int, cols: int, slope: float) -> Picture:
    """Return a tileable cloud texture, 0 to 1; the larger `slope`, the smoother."""
    frequency = np.hypot(np.fft.fftfreq(rows, 1 / rows)[:, None], np.fft.rfftfreq(cols, 1 / cols))
    spectrum = np.fft.rfft2(rng.standard_normal((rows, cols))) * np.maximum(frequency, 1.5) ** -slope
    spectrum[0, 0] = 0
    field = np.fft.irfft2(spectrum, (rows, cols))
    return unit(0.5 + field / (5 * field.std())).astype("f4")


def ramp(values: Picture, colours: str) -> Picture:
    """Colour `values` (0 to 1) along evenly spaced hexadecimal `colours`."""
    stops = np.array([list(bytes.fromhex(colour)) for colour in colours.split()]) / 255
    steps, places = np.linspace(0, 1, 1024), np.linspace(0, 1, len(stops))
    table = np.stack([np.interp(steps, places, stop) for stop in stops.T], 1).astype("f4")
    coloured: Picture = table[(unit(values) * 1023).astype(int)]
    return coloured


def rgb(colour: str) -> Picture:
    """Return one hexadecimal colour."""
    return ramp(np.zeros((), "f4"), colour)


def sample(texture: Picture, x: Picture, y: Picture) -> Picture:
    """Look `texture` up at pixel positions, between pixels and around its edges."""
    x, y = np.broadcast_arrays(x % texture.shape[1], y % texture.shape[0])
    return cv2.remap(texture, x.astype("f4"), y.astype("f4"), cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)


def mix(old: Picture, new: Picture, share: Any) -> Picture:
    """Blend `old` into `new`; a plane of shares is applied to every colour."""
    share = share[..., None] if isinstance(share, np.ndarray) and share.ndim == 2 else share
    blend: Picture = old + (new - old) * share
    return blend


def soft(picture: Picture, sigma: float) -> Picture:
    """Put `picture` out of focus."""
    return cv2.GaussianBlur(picture, (0, 0), sigma)


def sway(t: float, size: float, seed: float = 0.0) -> tuple[float, float]:
    """Return the drift of a hand-held camera at time `t`."""
    x, y = (np.sin(2.1 * t + a) + 0.5 * np.sin(5.3 * t + 2 * a) + 0.2 * np.sin(11 * t + a) for a in (seed, seed + 2))
    return size * float(x), size * float(y)


def ball(picture: Picture, x: float, y: float, radius: float, skin: Picture, *, spin: float = 0, fill: float = 0.16) -> None:
    """Paint a textured ball into `picture`, spun by `spin` turns and lit by `fill` from all sides."""
    places = (Y[:, 0], y), (X[0], x)
    rows, cols = (slice(*np.searchsorted(axis, (c - radius * 1.05, c + radius * 1.05))) for axis, c in places)
    u, v = (X[rows, cols] - x) / radius, (Y[rows, cols] - y) / radius
    rim = np.hypot(u, v)
    w = np.sqrt(unit(1 - rim**2))
    turns = len(skin) / 6.3
    colour = sample(skin, np.arctan2(u, w) * turns + spin * len(skin), np.arcsin(np.clip(v, -1, 1)) * turns)
    shine = unit(-0.5 * u - 0.62 * v + 0.6 * w)
    colour = colour * (fill + (1.1 - fill) * shine + 0.12 * unit(v))[..., None]
    colour += (0.4 - 0.6 * min(fill, 0.5)) * (shine**22)[..., None]
    picture[rows, cols] = mix(picture[rows, cols], colour, unit((1 - rim) * radius * TALL / 2))


def write(picture: Picture, text: str, x: int, y: int, size: float, *, colour: tuple[float, ...] = INK) -> None:
    """Write a line of text."""
    weight = 2 if size >= 1 else 1
    cv2.putText(picture, text, (x, y), cv2.FONT_HERSHEY_DUPLEX, size, colour, weight, cv2.LINE_AA)


def page(title: str, footer: str) -> Picture:
    """Draw a slide without any lines on it."""
    picture = mix(rgb("f8f8f2"), rgb("e0e8f2"), (Y + 1) / 2)
    cv2.rectangle(picture, (0, 0), (WIDE, 92), (0.14, 0.25, 0.42), -1)
    cv2.rectangle(picture, (0, 92), (WIDE, 97), (0.9, 0.6, 0.2), -1)
    write(picture, title, 44, 62, 1.3, colour=PAPER)
    write(picture, footer, 44, 524, 0.6)
    return picture


def curve(picture: Picture) -> None:
    """Draw a week of tides into a slide."""
    hours = np.arange(330)
    level = 390 - 65 * np.sin(hours / 11) * (1 + 0.5 * np.cos(hours / 90))
    cv2.polylines(picture, [np.stack([80 + hours, level], 1).astype(np.int32)], False, (0.1, 0.4, 0.7), 3, cv2.LINE_AA)
    cv2.polylines(picture, [np.array([(78, 280), (78, 490), (420, 490)])], False, INK, 2)


def pointer(picture: Picture, x: float, y: float) -> None:
    """Draw a mouse pointer, its tip at a pixel position."""
    arrow = np.array([(0, 0), (0, 26), (6, 20), (11, 30), (15, 28), (10, 18), (18, 18)]) + np.array((x, y))
    outline = [(arrow * 16).astype(np.int32)]
    cv2.fillPoly(picture, outline, PAPER, cv2.LINE_AA, 4)
    cv2.polylines(picture, outline, True, (0, 0, 0), 2, cv2.LINE_AA, 4)


def speaker(t: float, cloth: Picture, skin: Picture, wall: Picture) -> Picture:
    """Draw somebody talking in front of a wall."""
    picture = wall.copy()
    nod, lean = sway(1.3 * t, 0.05, 4)
    nod *= 0.4
    ball(picture, lean * 0.5, 1.56, 1.02, cloth, fill=0.5)
    ball(picture, lean * 0.8, 0.42, 0.26, skin * 0.8, fill=0.6)
    ball(picture, lean, -0.16 + nod, 0.53, skin * 0.22, fill=0.6)
    ball(picture, lean, -0.02 + nod, 0.48, skin, spin=0.02 * float(np.sin(t)), fill=0.6)
    mouth = (0, 0.27, 0.13, 0.025 + 0.03 * abs(float(np.sin(7 * t))), 0.7)
    eyes = [(x, y, w, h, d) for x in (-0.18, 0.18) for y, w, h, d in ((-0.09, 0.055, 0.03, 0.8), (-0.18, 0.1, 0.02, 0.5))]
    for x, y, width, height, depth in (mouth, (0.02, 0.1, 0.05, 0.025, 0.3), *eyes):
        spot = np.hypot((X - lean - x) / width, (Y - nod - y) / height)
        picture = mix(picture, rgb("381c18"), np.clip(2 - 1.6 * spot, 0, depth))
    return picture


def car(rng: np.random.Generator, paint: str) -> Picture:
    """Draw a car from the side, with its shadow: red, green, blue and opacity."""
    u, v = np.meshgrid(np.linspace(-1.1, 1.1, 440, dtype="f4"), np.linspace(-0.5, 0.4, 180, dtype="f4"))
    outline = (
        (-1, -0.11),
        (-0.9, -0.15),
        (-0.68, -0.3),
        (-0.45, -0.385),
        (0, -0.4),
        (0.28, -0.3),
        (0.5, -0.15),
        (1, -0.06),
    )
    top = soft(np.interp(u, *np.array(outline).T).astype("f4"), 6)
    gleam = sample(noise(rng, 256, 256, 1.8), u * 40, v * 160) - 0.5
    body = unit((v - top) * 50) * unit((0.2 - 0.06 * u**6 - v) * 50) * unit((1 - np.abs(u) - 2.2 * (v - 0.03) ** 2) * 50)
    tone = 0.4 + 0.42 * np.exp(-(((v + 0.1) / 0.05) ** 2)) - 0.22 * unit(v * 12 + 0.3) + 0.5 * unit(-0.32 - v) * 9 + 0.3 * gleam
    picture = ramp(unit(tone), paint)
    glass = unit((v - top - 0.045) * 50) * unit((-0.155 - v) * 50) * (np.abs(u + 0.16) < 0.56)
    pillars = np.minimum(np.abs(u + 0.12), np.abs(u + 0.52))
    glass = soft(glass * unit((pillars - 0.02) * 60), 0.8)
    picture = mix(picture, ramp(-0.6 * v + 1.2 * gleam, "0c1014 1c242a 52646c a0b0b8"), glass)
    seams = np.minimum(np.abs(u + 0.12 - 0.1 * v), np.minimum(np.abs(u + 0.56), np.abs(u - 0.36 + 0.2 * v)))
    picture *= (1 - 0.45 * unit(1.4 - seams * 150) * (v > -0.15) * (v < 0.16))[..., None]
    picture *= (1 - 0.5 * unit((v - 0.13) * 30))[..., None]
    for x, y, size, colour in (
        (0.95, 0, 0.05, "f0f0e4"),
        (-0.97, -0.05, 0.045, "8c1410"),
        (-0.36, -0.1, 0.03, "202020"),
    ):
        picture = mix(picture, rgb(colour), unit(2 - 1.8 * np.hypot((u - x) / size, (v - y) / (0.6 * size))))
    solid = body
    for place in (-0.62, 0.63):
        rim = np.hypot(u - place, v - 0.17)
        picture = mix(picture, rgb("08090a"), unit((0.2 - rim) * 50))
        tyre = unit((0.165 - rim) * 60)
        spokes = 0.45 + 0.25 * np.cos(np.arctan2(v - 0.17, u - place) * 5) - v
        picture = mix(picture, ramp(np.where(rim < 0.1, spokes, 0.12 + 0.1 * gleam), "000000 b0b4b8"), tyre)
        solid = np.maximum(solid, tyre)
    shadow = 0.8 * np.exp(-(np.hypot(u / 1.04, (v - 0.31) / 0.065) ** 4))
    cover = solid + shadow * (1 - solid)
    return soft(np.dstack([picture * (solid / np.maximum(cover, 1e-3))[..., None], cover]).astype("f4"), 0.7)


def place(thing: Picture, x: float, y: float, size: float) -> Picture:
    """Return an empty picture, with opacity, which holds the middle of `thing` at a place."""
    rows, cols, _ = thing.shape
    left, top = (x + 16 / 9) * 270 - size * cols / 2, (y + 1) * 270 - size * rows / 2
    return cv2.warpAffine(thing, np.array([[size, 0, left], [0, size, top]], "f4"), (WIDE, TALL))


def yard(rng: np.random.Generator) -> Picture:
    """Draw a brick house behind a car park."""
    row = np.floor(Y * 30)
    brick = X * 16 + row % 2 / 2
    stain, clouds = noise(rng, 512, 512, 1.5), noise(rng, TALL, WIDE, 1.8)
    tone = 0.4 * sample(noise(rng, 128, 128, 0.0), np.floor(brick) * 7, row * 3) + 0.6 * sample(stain, X * 140, Y * 140)
    house = ramp(tone, "3c2822 6a4438 8c6250 a88470")
    house = mix(house, rgb("9a9084"), 0.6 * np.maximum(brick % 1 < 0.07, Y * 30 % 1 < 0.13))
    for x in (-1.45, -0.85, -0.25, 0.95, 1.55):
        for y in (-0.72, -0.12):
            away = np.maximum(np.abs(X - x) / 0.17, np.abs(Y - y) / 0.19)
            house *= (1 - 0.5 * np.exp(-((np.hypot((X - x - 0.03) / 0.24, (Y - y - 0.06) / 0.25)) ** 6)))[..., None]
            house = mix(house, rgb("ccc6ba") * (0.75 + 0.4 * clouds[..., None]), unit((1.12 - away) * 30))
            panes = np.minimum(np.abs(X - x), np.abs(Y - y + 0.05))
            glass = ramp(clouds * 0.9 + 0.25 * (y - Y) - 0.1, "141a20 2c3a44 6a8494 b8ccd4")
            house = mix(house, glass, unit((0.96 - away) * 30) * unit((panes - 0.008) * 200))
    door = unit((1 - np.maximum(np.abs(X - 0.36) / 0.16, np.abs(Y - 0.05) / 0.36)) * 40)
    planks = 0.3 * (np.abs((X - 0.36) % 0.08 - 0.04) < 0.006)
    house = mix(house, ramp(0.3 + 0.5 * clouds - planks, "10201a 2c4a3c"), door)
    under = np.maximum(Y + 0.35, 0.05)
    ground = ramp(
        sample(noise(rng, 1024, 1024, 0.7), X / under * 260, 300 / under) * 0.5 + clouds * 0.4,
        "26282a 55585a 8a8c8a",
    )
    line = unit((0.035 - np.abs((X / under * 1.1) % 1 - 0.5)) * 60) * (Y > 0.45) * (Y < 0.62)
    ground = mix(ground, rgb("c4c4bc"), line * (0.3 + 0.6 * clouds))
    ground = mix(ground, rgb("80807a") * (0.7 + 0.5 * clouds[..., None]), (Y < 0.4) * 1.0)
    picture = mix(house, ground, unit((Y - 0.34) * 270))
    picture *= (1 - 0.45 * np.exp(-(((Y - 0.36) / 0.05) ** 2)) - 0.25 * unit(X * 0.8 + Y * 0.5))[..., None]
    for x, paint in ((-0.95, "0c1420 22364c 6c8098 d0d8e0"), (1.05, "202224 70747a b4b6b8 f4f4f0")):
        layer = place(car(rng, paint), x, 0.45, 0.8)
        picture = mix(picture, layer[..., :3], layer[..., 3])
    return picture


def lens(picture: Picture) -> Picture:
    """Look at `picture` through the wide, slightly turned lens of a camera on a wall."""
    bend = 0.78 * (1 + 0.045 * (X**2 + Y**2))
    x, y = bend * (X - 0.04 * Y) * (1 - 0.05 * Y), bend * (Y + 0.045 * X) + 0.08
    return sample(picture, np.clip(x + 16 / 9, 0, 3.55) * 270, np.clip(y + 1, 0, 1.99) * 270)
