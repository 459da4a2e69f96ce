"""Packs for pictures and long evenings: ambient, cinematic, downtempo, synthwave."""

from tools.demo.entries import DemoPack, key_of, loop, one_shot, track

SLOW_PACKS: tuple[DemoPack, ...] = (
    DemoPack(
        title="Ice Road",
        creator="casper-lindgaard",
        genre="ambient",
        style="ambient",
        tags=("calm", "pads", "drone", "wide"),
        summary="Slow ambient pads, struck glass and wind in D major.",
        description=(
            "Four chords over four bars at 72 BPM, played by pads, choir and glass with a long "
            "reverb. The wind and drone loops have no rhythm and fit under anything. Tails wrap, so "
            "every loop can run for minutes."
        ),
        price_tokens=56,
        bpm=72,
        key=key_of("D major"),
        roots=(1, 6, 4, 5),
        published_days_ago=18,
        cover="dunes",
        palette="ice",
        files=(
            loop("White field pad", "chords", "warm-pad", tokens=9),
            loop("Rubbed glass", "chords", "glass", tokens=9),
            loop("Far choir", "chords", "choir", tokens=8),
            loop("Falling bells", "arp", "bell", tokens=8),
            loop("Crosswind", "texture", "wind", tokens=6, bars=2),
            loop("Frozen lake drone", "texture", "drone", tokens=7, bars=2),
            loop("Harp, two turns", "melody", "harp", tokens=8),
            one_shot("Single glass note", "note", "glass", tokens=5),
            one_shot("Single bell", "note", "bell", tokens=4),
            one_shot("Deep ice crack", "effect", "impact", tokens=4),
        ),
    ),
    DemoPack(
        title="Salt Cathedral",
        creator="casper-lindgaard",
        genre="cinematic",
        style="cinematic",
        tags=("epic", "strings", "drums", "brass", "tension"),
        summary="Cinematic low brass, strings and very large drums.",
        description=(
            "Two chords in C minor at 84 BPM, in layers that stack: strings, choir, brass and low "
            "drums. The drum loops are toms and a bass drum in a big hall. Risers and impacts are cut "
            "to land on the bar."
        ),
        price_tokens=72,
        bpm=84,
        key=key_of("C minor"),
        roots=(1, 6),
        published_days_ago=38,
        cover="dunes",
        palette="storm",
        files=(
            loop("Nave drums", "drums", tokens=9, bars=2),
            loop("Low strings", "chords", "strings", tokens=9),
            loop("Brass wall", "chords", "brass", tokens=9),
            loop("Choir loft", "chords", "choir", tokens=9),
            loop("Heavy pedal", "bass", "warm-saw", tokens=8),
            loop("Ticking ostinato", "arp", "marimba", tokens=8),
            loop("Toms alone", "drums", "percussion", tokens=7, bars=2),
            one_shot("Hall tom", "hit", "low-tom", tokens=5),
            one_shot("Hall bass drum", "hit", "kick", tokens=5),
            one_shot("Impact", "effect", "impact", tokens=5),
            one_shot("Four-second riser", "effect", "riser", tokens=5),
            track("Salt Cathedral, end titles", tokens=9, bars=8),
        ),
    ),
    DemoPack(
        title="Kelp Light",
        creator="casper-lindgaard",
        genre="downtempo",
        style="downtempo",
        tags=("underwater", "mellow", "pads", "free"),
        summary="A free set of slow, blue loops: half-time drums, glass and a deep bass.",
        description=(
            "Half-time drums, a simple bass with three notes a bar and a glass pad over both. All "
            "parts share one chord progression. Use them as a bed or chop them up."
        ),
        price_tokens=0,
        bpm=86,
        key=key_of("F# minor"),
        roots=(1, 6, 3, 7),
        published_days_ago=350,
        cover="flow",
        palette="lagoon",
        files=(
            loop("Tidal drums", "drums", bars=2),
            loop("Patient bass", "bass", "sub"),
            loop("Glass pad", "chords", "glass", line="held"),
            loop("Drifting plucks", "arp", "harp"),
            one_shot("Deep kick", "hit", "kick"),
            one_shot("Kelp rim", "hit", "rim"),
            one_shot("Harp note", "note", "harp"),
        ),
    ),
    DemoPack(
        title="Cassette Coastline",
        creator="oren-takeda",
        genre="synthwave",
        style="synthwave",
        tags=("retro", "nostalgic", "arp", "gated drums"),
        summary="Synthwave with gated toms, a pulsing bass and a wide lead.",
        description=(
            "Eighth-note bass, a sixteenth-note arpeggio and a gated snare. The lead is a square wave "
            "with late vibrato. Four chords in four bars, with a tom fill in the last."
        ),
        price_tokens=50,
        bpm=104,
        key=key_of("F# minor"),
        roots=(6, 7, 1, 3),
        published_days_ago=84,
        cover="sea",
        palette="dusk",
        files=(
            loop("Gated kit", "drums", tokens=8),
            loop("Eighth-note bass", "bass", "warm-saw", tokens=8),
            loop("Sixteenth coast", "arp", "pluck", tokens=8),
            loop("Wide chords", "chords", "supersaw", tokens=8),
            loop("Last chorus lead", "melody", "lead", tokens=9),
            loop("Tape room", "texture", "tape", tokens=4, bars=2),
            one_shot("Gated snare", "hit", "snare", tokens=4),
            one_shot("Electronic tom", "hit", "tom", tokens=3),
            one_shot("Saw chord", "chord-hit", "supersaw", tokens=4),
            track("Cassette Coastline, side A", tokens=9),
        ),
    ),
)
