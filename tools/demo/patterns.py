"""Rhythms: drum grooves by name, bass lines, chord rhythms.

A bar is sixteen characters, one a sixteenth. In drum lanes ``X`` is an accent, ``x`` a stroke,
``o`` a ghost, ``d`` two and ``t`` three strokes in one step. In bass lines a digit is a step above
the chord's root (1 root, 5 fifth, 8 octave), ``-`` holds and ``.`` rests. In chord rhythms ``x``
strikes, ``-`` holds. Lanes with several bars repeat independently of each other.
"""

from collections.abc import Mapping
from typing import TypeAlias

Lane: TypeAlias = tuple[str, ...]
Groove: TypeAlias = Mapping[str, Lane]

_FOUR = ("X...X...X...X...",)

GROOVES: dict[str, Groove] = {
    "peak": {
        "kick": _FOUR,
        "open": ("..x...x...x...x.",),
        "hat": ("xoxoxoxoxoxoxoxo", "xoxoxoxoxoxoxodo"),
        "clap": ("................", "............x...", "................", "....o.......x..o"),
        "ride": ("..............x.",),
        "block": ("...o..o....o....", "...o..o.......o."),
        "low-tom": ("......o.......o.", "......o...o...oo"),
    },
    "hypnotic": {
        "kick": _FOUR,
        "hat": ("..x...x...x...x.", "..x...x...x..ox."),
        "shaker": ("oxoxoxoxoxoxoxox",),
        "rim": ("...x..x....x..o.", "...x..x....x.x.."),
        "conga": ("......o..o......", ".o....o..o....o."),
        "clap": ("....x.......x...",),
    },
    "jack": {
        "kick": _FOUR,
        "clap": ("....X.......X...", "....X.......X..o"),
        "hat": ("xoxoxoxoxoxoxoxo",),
        "open": ("..X...X...X...X.",),
        "shaker": ("..o..o....o..o..",),
        "bell": ("................", "..........o..o.."),
    },
    "after-hours": {
        "kick": ("X...X...X...X...", "X...X...X...X..o"),
        "clap": ("....x.......x...",),
        "open": ("..x...x...x...x.",),
        "hat": ("o.o.o.oxo.o.o.ox",),
        "rim": ("...o......o..x..", "...o..o...o....."),
        "shaker": ("oxoxoxoxoxoxoxox",),
        "conga": ("..........o..o..", "...o......o..oo."),
    },
    "mirrorball": {
        "kick": _FOUR,
        "snare": ("....x.......x...", "....x.......x.oo"),
        "clap": ("....x.......x...",),
        "open": ("..X...X...X...X.",),
        "hat": ("x.oxx.oxx.oxx.ox",),
        "conga": ("..o..o.x..o..o.x",),
        "bell": ("x...x.x..x..x...",),
    },
    "two-step": {
        "kick": ("X.........X.....", "X.....o...X..o.."),
        "snare": ("....X.......X...", "....X..o....X..."),
        "hat": ("x.xox.xxo.x.x.xo", "x.xox.xxo.xdx.xo"),
        "open": ("......x.......x.",),
        "rim": (".......o.o......", ".......o.o....o."),
        "shaker": ("oxoxoxoxoxoxoxox",),
    },
    "long-night": {
        "kick": ("X.........x.....", "X......x..x.....", "X.........x.....", "X..x......x...x."),
        "clap": ("........X.......",),
        "hat": ("x.x.x.x.x.x.t.x.", "x.x.x.xdx.x.x.tt", "x.x.t.x.x.x.x.x.", "x.dxx.x.x.t.tdx."),
        "open": ("................", "..............x."),
        "rim": ("......o.....o...", "................"),
    },
    "estate": {
        "kick": ("X.....x...x.....", "X.....x.....x..."),
        "snare": ("......X.......X.", "......X.....X..."),
        "hat": ("x..x..x.x..x..x.", "x..x..t.x..x..tt"),
        "rim": ("..o.......o....o", "..o....o........"),
        "open": ("................", "..........x....."),
    },
    "dusty": {
        "kick": ("X......x..X.....", "X..x...x..X....."),
        "snare": ("....X..o.o..X...", "....X..o....X..o"),
        "hat": ("x.x.x.x.x.xox.x.", "x.xox.x.x.x.x.x."),
        "open": ("................", "..............x."),
    },
    "couch": {
        "kick": ("X.....x..xX.....", "X.....x..x....x."),
        "snare": ("....x.......x..o",),
        "hat": ("x.o.x.o.x.o.x.o.", "x.o.x.oox.o.x.o."),
        "rim": ("..........o.....", "...o............"),
        "shaker": ("..x...x...x...x.",),
    },
    "rinse": {
        "kick": ("X.........X.....", "X..........X...."),
        "snare": ("....X..o.o..X...", "....X..o....X.oo"),
        "hat": ("x.x.x.x.x.x.x.x.", "x.x.x.xxx.x.x.x."),
        "ride": ("x...x...x...x...",),
        "shaker": (".o.o.o.o.o.o.o.o",),
    },
    "chopped": {
        "kick": ("X.X.......XX....", "X.X.......X.....", "X.X.......XX....", "..X.......X....."),
        "snare": ("....X..o.o..X..o", "....X..o.o..X..o", "....X..o.o....X.", ".o..X..o.o....X."),
        "ride": ("x.x.x.x.x.x.x.x.",),
        "hat": ("..o...o...o...oo",),
    },
    "half-light": {
        "kick": ("X.............o.", "X.....o........."),
        "snare": ("........X.......", "........X......o"),
        "hat": ("x...x...x...x.o.",),
        "shaker": ("..o...o...o...o.",),
        "rim": ("...........o....", "......o........."),
    },
    "chrome": {
        "kick": _FOUR,
        "snare": ("....X.......X...",),
        "hat": ("x.x.x.x.x.x.x.x.", "x.x.x.xox.x.x.xo"),
        "tom": ("................", "................", "................", "..........x.x..."),
        "low-tom": ("................", "................", "................", ".............x.x"),
    },
    "circuit": {
        "kick": ("X.....X...X.....", "X.....X..XX..o.."),
        "snare": ("....X.......X...", "....X.......X..x"),
        "hat": ("xoxoxoxoxoxoxoxo", "xoxdxoxoxoxdxoxo"),
        "open": ("..........x.....",),
        "bell": ("..x..x....x..x..", "..x..x.......x.x"),
        "clap": ("....x.......x...",),
    },
    "deep-water": {
        "kick": _FOUR,
        "open": ("..o...x...o...x.",),
        "hat": ("....o.......o...",),
        "rim": ("......x.........", "......x......o.."),
        "shaker": ("oxooxoooxoxooxoo",),
    },
    "lagos": {
        "kick": ("X.....x.X.....x.", "X.....x.X..x..x."),
        "rim": ("x..x..x...x.x...",),
        "shaker": ("XoxoXoxoXoxoXoxo",),
        "conga": ("..o..ox...o..ox.", "..o..ox..oo.oox."),
        "slap": ("....x.......x...",),
        "snare": ("......o...x.....", "......o...x..o.."),
        "bell": ("x.x..x.x..x.x..x",),
    },
    "pretoria": {
        "kick": ("X...o...X...o...", "X...o...X...o.x."),
        "shaker": ("oXoxoXoxoXoxoXox",),
        "rim": ("...x..x....x..x.", "...x..x...x...x."),
        "conga": ("o..o....o..o.o..", "o..o..o.o..o.oo."),
        "open": ("..o...o...o...o.",),
        "snare": ("............o..o", "...........oo.ox"),
    },
    "dembow": {
        "kick": _FOUR,
        "snare": ("...X..X....X..X.", "...X..X....X..XX"),
        "hat": ("x.x.x.x.x.x.x.x.", "x.x.x.x.x.xdx.x."),
        "rim": ("...o..o....o..o.",),
        "shaker": ("oxoxoxoxoxoxoxox",),
        "bell": ("................", "..........o...o."),
    },
    "procession": {
        "kick": ("X...............", "X.........X....."),
        "low-tom": ("X..x..x.X..x..x.", "X..x..x.X.xxX.xx"),
        "tom": ("..........x.x...", "....x.........xx"),
        "snare": ("............o.o.", "........o.o.oooo"),
        "shaker": ("o.o.o.o.o.o.o.o.",),
    },
    "break-yard": {
        "kick": ("X.....x...X.....", "X.....x...Xx...."),
        "snare": ("....X..o.o..X...", "....X..o.o..X.ox"),
        "hat": ("x.x.x.x.x.x.x.x.",),
        "open": ("..............x.", "......x........."),
        "conga": ("..o..o....o..o..",),
        "shaker": ("oxoxoxoxoxoxoxox",),
    },
    "pocket": {
        "kick": ("X..x......X.....", "X..x..o...X..x.."),
        "snare": ("....X..o.o..X..o", "....X..o....X.o."),
        "hat": ("xoxoxoxoxoxoxoxo", "xoxoxoxoxoxox.xo"),
        "open": ("................", "..............x."),
        "bell": ("x...x...x...x...",),
        "conga": ("...o..x....o..x.",),
    },
}

BASS_LINES: dict[str, Lane] = {
    "offbeat": ("..1-..1-..1-..1-", "..1-..1-..1-..15"),
    "rolling": (".111.111.111.111", ".111.111.111.181"),
    "walking": ("1--.5--.8--.5-7-", "1--.3--.5--.8-7-"),
    "jack": ("1..1..8...1.5.7.", "1..1..8..51.5.8."),
    "deep": ("1--...1.....5-7-", "1--...1...8.5---"),
    "disco": ("1.8.1.8.1.8.1.8.", "1.8.1.8.1.8.5.7."),
    "garage": ("1--....1..8-...5", "1--....1..5-.7.."),
    "slides": ("1-----....1-1...", "1-----...81-..5-"),
    "drill": ("1-----5---1-....", "1-----....8-5-1-"),
    "lazy": ("1----..15-..1...", "1----...5--.7.8."),
    "pulse": ("1.1.1.1.1.1.1.1.", "1.1.1.1.1.1.5.8."),
    "sixteen": ("1181118111811181", "1181118111811585"),
    "long": ("1---------------",),
    "growl": ("1-----..1-..1---", "1-----..5-..8---"),
    "squelch": ("1.11.8.1.11.5.81", "1.11.8.1.1.15.7."),
    "log": ("1.....1..1..5.1.", "1..8..1..1..5.8."),
    "island": ("1..1..5.1..1..8.", "1..1..5.1..7..5."),
    "heavy": ("1-------1---5---", "1-------8---5---"),
    "sparse": ("1--...........1.", "1--......5......"),
    "slap": ("1..1.8....1.5.7.", "1..1.8..7.5.1..8"),
}

CHORD_RHYTHMS: dict[str, Lane] = {
    "held": ("x---------------",),
    "halves": ("x-------x-------",),
    "house": ("x--...x--...x---", "..x--..x--..x--."),
    "offbeat": ("..x...x...x...x.",),
    "dub": ("...x............", "...x......x....."),
    "push": ("x-----x---......", "x-----x-----x---"),
    "skank": ("..x...x...x...x.", "..x...x...x..xx."),
    "couch": ("x------.x--.....", "x------...x--x--"),
    "clave": ("x..x..x...x.x...",),
    "garage": ("x-....x-..x-....", "..x-..x-....x-.."),
    "pump": (".x-x.x-x.x-x.x-x",),
    "strum": ("x---..x-.-x-x---", "x---..x-..x-x-x-"),
    "swell": ("x---------------",),
    "gated": ("x.xx.x.xx.xx.x.x",),
}

ARPS: dict[str, str] = {
    "up": "0123012301230123",
    "wave": "0.1.2.3.4.3.2.1.",
    "broken": "0.2.1.3.0.2.4.1.",
    "sixteen": "0213421302134253",
    "dotted": "0..2..4..1..3..2",
    "pulse": "0.0.2.0.4.0.2.1.",
    "drops": "4...2....3..1...",
}
