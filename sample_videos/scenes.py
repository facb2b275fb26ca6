"""The moving scenes of the sample clips: each is a function from a time in seconds to a picture.

Everything is made up from seeded noise; nothing is photographed or downloaded.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from paint import TALL, WIDE, Picture, X, Y, ball, mix, noise, place, ramp, rgb, sample, soft, sway, unit

Scene = Callable[[float], Picture]


def flight(rng: np.random.Generator, land: str, air: str, relief: float, *, speed: float, turn: float) -> Scene:
    """Fly over hills: march along every column of the picture through a map of heights."""
    height, detail = noise(rng, 1024, 1024, 2.1), noise(rng, 1024, 1024, 0.8)
    bumps = (height + 0.02 * detail) * relief
    down, across = np.gradient(soft(bumps, 0.8))
    light = np.clip(0.78 + 0.9 * across - 0.5 * down, 0.2, 1.5) * (0.75 + 0.5 * noise(rng, 1024, 1024, 2.4))
    ground = ramp(height * 1.1 + 0.5 * detail - 0.27, land) * light[..., None]
    far = soft(ground, 3)
    clouds = noise(rng, 512, 1024, 1.7)
    depth = np.geomspace(12, 700, 420, dtype="f4")[:, None]

    def draw(t: float) -> Picture:
        dx, dy = sway(t, 0.008)
        heading = turn * t + X[0] * 0.62 + dx
        east, north = np.sin(heading), np.cos(heading)
        horizon = dy - 0.42
        rise = relief * 0.95 - sample(bumps, 200 + depth * east, speed * t - depth * north)
        seen = np.minimum.accumulate(horizon + rise / depth * 1.6, 0)
        index = np.stack([np.searchsorted(-seen[:, c], -Y[:, 0]) for c in range(WIDE)], 1)
        hit = np.clip(index, 1, len(depth) - 1)
        after, before = np.take_along_axis(seen, hit, 0), np.take_along_axis(seen, hit - 1, 0)
        part = unit((before - Y) / np.maximum(before - after, 1e-6))
        z = depth[hit - 1, 0] + part * (depth[hit, 0] - depth[hit - 1, 0])
        x, y = 200 + z * east, speed * t - z * north
        colour = mix(sample(ground, x, y), sample(far, x, y), unit(z / 250))
        colour = mix(colour, rgb(air), 1 - np.exp(-((z / 520) ** 1.5)))
        rise = unit((horizon - Y) * 1.2)
        puffs = sample(clouds, (heading + 0.01 * t) * 300, 60 / (rise + 0.25) + 3 * t)
        sky = mix(ramp(rise, air), rgb("fffaf2"), np.clip(puffs * 2.6 - 1.2, 0, 0.8) * rise**0.4)
        return mix(colour, sky, index >= len(depth) - 1)

    return draw


def table(rng: np.random.Generator) -> Scene:
    """Look at fruit on a wooden table, one of them rolling."""
    fibre = soft(noise(rng, 1024, 1024, 1.0), 1)
    wood = ramp(noise(rng, 1024, 1024, 1.5) * 0.5 + 0.5 * fibre, "3b1f10 6e4023 945c33 b98250")
    wall = ramp(noise(rng, TALL, WIDE, 3.2), "2b3a3a 5f7468 b9b48c e8dcb8")
    orange = ramp(noise(rng, 256, 256, 0.5), "c85a08 e8790f f59a2a")
    apple = ramp(noise(rng, 256, 256, 1.6), "6b0d12 a81a1c c9442a d9b04a")
    plum = ramp(noise(rng, 256, 256, 1.3), "2a1430 472048 6a3560")
    lime = ramp(noise(rng, 256, 256, 1.4), "6f8a1e 9fb52e c8cf5a")

    def draw(t: float) -> Picture:
        dx, dy = sway(t, 0.006, 1)
        dx, edge = dx + 0.05 * t, dy - 0.35
        depth = 1 / np.maximum(Y - edge + 0.45, 0.05)
        back = sample(wall, (X + dx * 0.4) * 240 + 400, (Y + 1) * 240)
        picture = mix(back, sample(wood, depth * 900, (X + dx) * depth * 110), unit((Y - edge) * 90))
        roll = 0.42 * t - 1.35
        fruit = (
            (-0.62, 0.02, 0.25, orange, 0.3),
            (0.02, -0.02, 0.29, apple, 0.1),
            (0.75, 0.06, 0.24, lime, 0.6),
            (0.4, 0.24, 0.19, plum, 0.2),
            (roll, 0.47, 0.23, orange, -roll / (0.23 * 6.3)),
        )
        for x, y, radius, _, _ in fruit:
            across = (X - x + dx - radius * 0.45) / (radius * 1.25)
            along = (Y - y - dy - radius * 0.92) / (radius * 0.3)
            picture *= (1 - 0.72 * np.exp(-(np.hypot(across, along) ** 2.2)))[..., None]
        for x, y, radius, skin, spin in fruit:
            ball(picture, x - dx, y + dy, radius, skin, spin=spin)
        return picture

    return draw


def night(rng: np.random.Generator) -> Scene:
    """Watch traffic at night on a wet road, far out of focus."""
    dark = ramp(noise(rng, TALL, WIDE, 1.6), "060810 10162a 232c48 3c3c54")
    asphalt = noise(rng, 512, 512, 0.9)
    colours = ("ffb45a", "ffd9a0", "6fc3ff", "ff5a4a", "ffb45a", "8affc0", "ffc878") * 4
    lamps = rng.uniform((-1.7, -0.95, 0.02, 0), (1.7, -0.1, 0.06, 6), (len(colours), 4)).tolist()
    cars = [(lane, rng.uniform(0, 9), rng.uniform(0.9, 1.3)) for lane in (-1, 1) * 5]

    def draw(t: float) -> Picture:
        dx, dy = sway(t, 0.012, 3)
        spots = [(x, y, r, c, 0.5 + 0.08 * np.sin(7 * t + p)) for (x, y, r, p), c in zip(lamps, colours, strict=True)]
        for lane, start, pace in cars:
            depth = 5 + lane * ((start + t * pace) % 9 - 4.5)
            for x in (0.9 * lane - 0.3, 0.9 * lane + 0.3):
                colour = "ff2412" if lane > 0 else "fff0c8"
                spots.append((x / depth, 0.05 + 0.5 / depth, 0.03 + 0.075 / depth, colour, 0.95))
        lights = np.zeros_like(dark)
        for x, y, radius, colour, power in spots:
            disc = np.zeros((TALL, WIDE), "f4")
            centre = round((x + dx + 16 / 9) * 270 * 8), round((y + dy + 1) * 270 * 8)
            cv2.circle(disc, centre, round(radius * 270 * 8), float(power), -1, cv2.LINE_AA, 3)
            lights += disc[..., None] * rgb(colour)
        lights = soft(lights, 1.6)
        glow = soft(cv2.resize(lights, (WIDE // 4, TALL // 4), interpolation=cv2.INTER_AREA), 9)
        lights = lights + 0.7 * cv2.resize(glow, (WIDE, TALL))
        edge = 0.12 + dy
        under = np.maximum(Y - edge, 0.01)
        ripple = sample(asphalt, X / under * 130, 170 / under) - 0.5
        above = np.clip(2 * edge - Y + 1 + ripple * 0.5, 0, 1.99)
        mirror = cv2.GaussianBlur(sample(lights, (X + ripple * 0.12 + 16 / 9) * 270, above * 270), (0, 0), 4, sigmaY=22)
        wet = mirror * (1.1 + 1.4 * ripple)[..., None] + (0.03 + 0.08 * ripple)[..., None]
        picture = mix(dark, wet, unit((Y - edge) * 12) * 0.9)
        picture += lights
        return picture

    return draw


def sea(rng: np.random.Generator, air: str, deep: str, sun: tuple[float, float], warmth: str) -> Scene:
    """Look across waves that mirror the sky, a sailing boat on the horizon."""
    slopes = [soft(slope, 1.0) * 60 for slope in np.gradient(noise(rng, 512, 512, 1.7))]
    clouds = noise(rng, 512, 1024, 1.7)
    glow = rgb(warmth)
    boat = np.zeros((90, 90, 4), "f4")
    for shape, shade in (
        (((18, 80), (72, 80), (64, 88), (26, 88)), 0.12),
        (((45, 7), (45, 75), (72, 75)), 0.8),
        (((42, 15), (42, 75), (23, 75)), 0.65),
    ):
        cv2.fillPoly(boat, [np.array(shape)], (*(rgb(air) * shade).tolist(), 1.0), cv2.LINE_AA)
    boat = soft(boat, 0.8)

    def heaven(x: Picture, y: Picture, t: float) -> Picture:
        rise, near = unit(-y), np.hypot(x - sun[0], y - sun[1])
        puffs = unit(sample(clouds, x * 260 + 4 * t, 90 / (rise + 0.3)) * 2.4 - 1.1)
        sky = mix(ramp(rise, air), glow * 0.9, puffs * 0.55)
        return mix(sky, sky + glow, 0.55 * np.exp(-near * 3) + 2.5 * np.exp(-((near / 0.09) ** 4)))

    def draw(t: float) -> Picture:
        dx, dy = sway(t, 0.01, 5)
        x, y = X + dx + 0.02 * t, Y + 0.12 + dy
        under = np.maximum(y, 0.004)
        u, v = x / under * 26, 26 / under
        calm = np.minimum(under * 3.5, 1) ** 0.7
        tilt, lean = np.zeros_like(X), np.zeros_like(X)
        for scale, right, ahead in ((1.0, 9, 14), (2.3, -16, 24), (0.37, 5, -9)):
            tilt += calm * sample(slopes[0], u * scale + right * t, v * scale + ahead * t)
            lean += calm * sample(slopes[1], u * scale + right * t, v * scale + ahead * t)
        mirror = heaven(x + lean * 0.16, -np.abs(under * 0.8 + tilt * 0.16 + 0.02), t)
        water = mix(ramp(0.5 + 0.3 * tilt, deep), mirror, np.clip(0.85 - 0.55 * under - 0.22 * tilt, 0.1, 0.95))
        picture = mix(heaven(x, y, t), water, unit(y * 270))
        foot = 0.004 * float(np.sin(2 * t)) - 0.1 - dy
        layer = place(boat, 0.05 * t - 0.75 - dx, foot - 0.13, 1.0)
        below = np.clip(2 * foot + 1.05 - Y + tilt * 0.1, 0, 1.99)
        glint = sample(layer, (X + lean * 0.05 + 16 / 9) * 270, below * 270) * (0.5 * (foot + 0.02 < Y))[..., None]
        for sail in (glint, layer):
            picture = picture * (1 - sail[..., 3:]) + sail[..., :3]
        return picture

    return draw


def forest(rng: np.random.Generator, leaves: str, haze: str) -> Scene:
    """Walk sideways past rows of trees, the near ones moving fastest."""
    bark, litter, crowns = noise(rng, 1024, 512, 1.2), noise(rng, 1024, 1024, 0.9), noise(rng, 512, 1024, 1.1)
    depths = (6.0, 4.2, 3.0, 2.1, 1.4)
    trees = rng.uniform((-0.35, 0.07, 0), (0.35, 0.13, 512), (len(depths), 40, 3)).tolist()
    air = rgb(haze)

    def draw(t: float) -> Picture:
        dx, dy = sway(t, 0.01, 7)
        walk = 0.55 * t + dx
        light = unit(1.15 - np.hypot(X - 0.5, Y + 0.7) * 0.45)
        picture = mix(ramp(sample(crowns, X * 160 + walk * 30, Y * 160) * light, leaves), air, light * 0.75)
        under = np.maximum(Y - 0.02 - dy, 0.02)
        spots = unit(sample(crowns, (X / under + walk * 1.8) * 60, 60 / under) * 3 - 1.3)
        floor = ramp(sample(litter, (X / under + walk) * 200, 200 / under) * 0.75 + 0.1, leaves)
        floor = mix(floor * (0.55 + 1.1 * spots)[..., None], air, 0.85 * np.exp(-under * 4))
        picture = mix(picture, floor, unit((Y - 0.06 - dy) * 30))
        beams = 0.1 * unit(np.sin((X - 0.5) / (Y + 1.6) * 9 + 0.3 * t) + 0.2) * unit(0.9 - Y)
        for depth, row in zip(depths, trees, strict=True):
            foot = 0.02 + dy + 0.85 / depth
            for i, (shift, width, turn) in enumerate(row):
                x = (0.9 * i + shift - walk - 4) * 3 / depth
                if abs(x) > 1.77 + 0.4 / depth:
                    continue
                cols = slice(*np.searchsorted(X[0], (x - 0.4 / depth, x + 0.4 / depth)))
                y = Y[:, cols]
                half = width * 1.4 / depth * (1 + 0.5 * np.exp((y - foot) * 4.5 * depth))
                u = (X[:, cols] - x - 0.02 * np.sin(3 * y + turn)) / half
                roots = unit((foot - y) * 40 + 1.5 * np.cos(u * 2) + np.sin(u * 9 + turn))
                rough = sample(bark, np.arcsin(np.clip(u, -1, 1)) * 60 + turn, y * 60 * depth + turn)
                trunk = ramp(rough, "17120e 3a2e25 6b5a48 8d7f68") * np.clip(0.68 + 0.46 * u, 0.13, 1.1)[..., None]
                trunk = mix(trunk, air, 1 - np.exp(-depth / 5))
                picture[:, cols] = mix(picture[:, cols], trunk, roots * unit((1 - np.abs(u)) * half * 270))
            picture = mix(picture, air, beams)
        boughs = sample(crowns, X * 110 + walk * 150, (Y - dy) * 150 + 90) * 3 - 1.6 - 3.2 * (Y + 0.85)
        return mix(picture, ramp(sample(litter, X * 200 + walk * 150, Y * 200), leaves) * 0.7, unit(boughs))

    return draw


def fish(texture: Picture, colours: str) -> Picture:
    """Draw a fish that swims to the right: red, green, blue and opacity."""
    u, v = np.meshgrid(np.linspace(-1.5, 1, 150, dtype="f4"), np.linspace(-1, 1, 80, dtype="f4"))
    body = unit((1 - np.hypot(u, v * (1.9 + 0.5 * u))) * 16)
    tail = unit((0.32 - np.abs(u + 1.12)) * 16) * unit((0.1 - 0.8 * (u + 0.8) - np.abs(v)) * 16)
    fin = 0.7 * unit((0.75 - np.abs(v - 0.2 * u + 0.1) - np.abs(u + 0.1)) * 12) * (v < 0)
    skin = ramp(0.55 + 0.6 * v + 0.5 * (sample(texture, u * 60, v * 60) - 0.5), colours)
    skin *= (1 - 0.85 * unit((0.09 - np.hypot(u - 0.72, v + 0.1)) * 30))[..., None]
    return soft(np.dstack([skin, np.maximum(np.maximum(body, tail), fin)]), 1.2)


def reef(rng: np.random.Generator) -> Scene:
    """Dive over a sandy floor with light playing on it and fish swimming by."""
    web = 1 - np.abs(noise(rng, 512, 512, 1.5) - 0.5) * 5
    sand, rocks = noise(rng, 1024, 1024, 1.0), noise(rng, 512, 1024, 1.5)
    kinds = [fish(sand, c) for c in ("4a5a60 c8c8a0 f0e8c8", "24405c 5890b0 d0e8f0", "6a4a20 d0a040 f0dca8")]
    shoal = rng.uniform((0.3, 0, -0.55, 0.25), (0.62, 6, 0.3, 0.4), (22, 4)).tolist()
    shoal = sorted((*swimmer, i % 3) for i, swimmer in enumerate(shoal))

    def draw(t: float) -> Picture:
        dx, dy = sway(t, 0.02, 9)
        x, y = X + dx + 0.08 * t, Y + dy
        under = np.maximum(y - 0.05, 0.03)
        play = sample(web, x / under * 70 + 15 * t, 70 / under + 13 * t)
        play = play + sample(web, x / under * 98 - 22 * t, 98 / under + 13 * t)
        floor = ramp(sample(sand, x / under * 180, 180 / under), "5a6a58 a8a884 d8d0a4") * rgb("99f2ff")
        floor *= (0.55 + 0.35 * np.clip(play, 0, 2) ** 2)[..., None]
        ray = (X + 0.4) / (Y + 2.2)
        beams = unit(np.sin(ray * 16 + 0.8 * t) * np.sin(ray * 37 - 0.5 * t)) * unit(0.6 - Y)
        blue = ramp(Y * 0.5 + 0.5, "7fd8e0 2f9cc0 14608f 0d4870") + 0.14 * beams[..., None]
        picture = mix(blue, floor, np.clip((y - 0.05) * 1.9, 0, 0.85))
        for depth, base in ((2.2, 0.22), (1.2, 0.5)):
            crest = base - 0.62 * unit(sample(rocks, x * 150 / depth + 90 * depth, y * 40 + 200) - 0.42)
            coral = ramp(sample(sand, x * 160 / depth, y * 160 / depth) * 1.2 - 0.1, "1a2430 4a3a58 9a5a6a e0a080")
            coral = mix(coral * (0.6 + 0.3 * np.clip(play, 0, 1.4))[..., None], blue, 0.3 * depth)
            picture = mix(picture, coral, unit((y - crest) * 60) * unit((base - y) * 14 + 1))
        for size, start, height, pace, kind in shoal:
            left = (start + pace * t * (1 + 0.1 * np.sin(t + start))) % 6 - 3 - dx
            layer = place(kinds[kind], left, height + 0.05 * np.sin(1.3 * t + start) - dy, size)
            picture = mix(picture, mix(layer[..., :3], blue, 0.75 - 0.5 * size), layer[..., 3])
        return picture

    return draw


def all_scenes() -> dict[str, Scene]:
    """Return every scene by name."""
    rng = np.random.default_rng
    return {
        "hills": flight(rng(1), "1c2a12 33461c 5c6e2c 8f8a4c b7a878", "cfdbe0 8fb4d8 4d7fbf", 60, speed=30, turn=0.05),
        "alps": flight(rng(2), "232a2b 39423c 6a6a66 dfe6ee ffffff", "dfe7ee a4c1de 5f8fc8", 110, speed=22, turn=-0.05),
        "desert": flight(rng(3), "4a1f14 8a3d1e b9622f d99a5b e8c08a", "f5c79a d99a86 7d78a0", 80, speed=20, turn=0.08),
        "heath": flight(rng(13), "2a2030 4a3548 6e5060 8a8058 b0a080", "e8d8d0 b8a8c0 7878a8", 70, speed=40, turn=0.1),
        "sunset": sea(rng(6), "f6b060 e07850 8a5878 3a3f6a", "0c1c2c 1c3448 3a5060", (0.5, -0.22), "ffdca8"),
        "lagoon": sea(rng(9), "d8eef4 9fd0ea 4f98d0 2f70b0", "0a5a70 1a8a98 60c8c0", (-2.5, -1.5), "ffffff"),
        "forest": forest(rng(7), "0e1a0a 24401a 4f7a2a 9ab04a", "e0e6bc"),
        "autumn": forest(rng(10), "1a0e08 5a2a10 a85a1c e0a040", "eedebe"),
        "table": table(rng(4)),
        "night": night(rng(5)),
        "reef": reef(rng(8)),
    }
