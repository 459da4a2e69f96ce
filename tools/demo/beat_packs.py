"""Packs for rappers, singers and broken beats: trap, drill, garage, jungle, R&B, reggaeton."""

from tools.demo.entries import DemoPack, key_of, loop, one_shot, track

BEAT_PACKS: tuple[DemoPack, ...] = (
    DemoPack(
        title="Shuttered Arcade",
        creator="dee-okonjo",
        genre="garage",
        style="garage",
        tags=("swung", "night", "electric piano", "two-step"),
        summary="Two-step garage with a hard shuffle and chords that skip the first beat.",
        description=(
            "Thirty per cent swing on the hats, a dry snare and ghost rims between. The bass "
            "leaves holes for the kick. Chords are ninths without roots, so the bass decides what "
            "they mean."
        ),
        price_tokens=46,
        bpm=132,
        key=key_of("F minor"),
        roots=(1, 6, 4, 5),
        published_days_ago=12,
        cover="marble",
        palette="violet",
        files=(
            loop("Coin-op drums", "drums", tokens=8, bars=2),
            loop("Skipping chords", "chords", "electric-piano", tokens=8),
            loop("Warm hole bass", "bass", "warm-saw", tokens=8),
            loop("High-score bells", "melody", "bell", tokens=7),
            loop("Tops and ghosts", "drums", "tops", tokens=6, bars=2),
            loop("Broken organ run", "arp", "organ", tokens=7),
            one_shot("Skip snare", "hit", "snare", tokens=3),
            one_shot("Tight kick", "hit", "kick", tokens=4),
            one_shot("Tick hat", "hit", "hat", tokens=2),
            track("Shuttered Arcade, demo cabinet", tokens=9),
        ),
    ),
    DemoPack(
        title="Wet Tarmac",
        creator="dee-okonjo",
        genre="drum-and-bass",
        style="rolling",
        tags=("rolling", "dark", "reese", "atmospheric"),
        summary="Rolling 174 with a moving reese, wide pads and a dry break.",
        description=(
            "The break is programmed from single hits with ghost notes on the snare. The reese "
            "follows four chords over eight bars. Pads are long and wide; filter them in the "
            "drop."
        ),
        price_tokens=65,
        bpm=174,
        key=key_of("E minor"),
        roots=(1, 6, 3, 7),
        published_days_ago=1,
        cover="aurora",
        palette="night",
        files=(
            loop("Ring road break", "drums", tokens=9),
            loop("Reese under the bridge", "bass", "reese", tokens=9, bars=8),
            loop("Headlight pad", "chords", "warm-pad", tokens=9, bars=8),
            loop("Wiper arp", "arp", "pluck", tokens=8, bars=8),
            loop("Ride and shaker", "drums", "hats", tokens=6),
            loop("Distant choir", "chords", "choir", tokens=8, bars=8),
            one_shot("Break snare", "hit", "snare", tokens=4),
            one_shot("Break kick", "hit", "kick", tokens=4),
            one_shot("Reese in E", "note", "reese", tokens=5),
            one_shot("Road impact", "effect", "impact", tokens=4),
            track("Wet Tarmac, one lap", tokens=9, bars=16),
        ),
    ),
    DemoPack(
        title="Pigeon Loft",
        creator="dee-okonjo",
        genre="drum-and-bass",
        style="jungle",
        tags=("jungle", "breaks", "rough", "sub"),
        summary="A free jungle starter: a chopped break, a sub and a pad to float over it.",
        description=(
            "Four bars of break with the fill in the fourth, and the same hits on their own. The "
            "sub holds one note a bar. It is rough, and it is yours."
        ),
        price_tokens=0,
        bpm=168,
        key=key_of("G minor"),
        roots=(1, 6),
        published_days_ago=260,
        cover="flow",
        palette="slate",
        files=(
            loop("Rooftop break", "drums"),
            loop("Held sub", "bass", "sub"),
            loop("Grey morning pad", "chords", "warm-pad"),
            loop("Ride pattern", "drums", "hats", bars=2),
            one_shot("Loft snare", "hit", "snare"),
            one_shot("Loft kick", "hit", "kick"),
            one_shot("Loft ride", "hit", "ride"),
        ),
    ),
    DemoPack(
        title="Block Heater",
        creator="dee-okonjo",
        genre="drill",
        style="drill",
        tags=("cold", "808", "piano", "tense"),
        summary="UK drill at 142: sliding 808s, off-grid snares, a piano in the next flat.",
        description=(
            "Hats in threes, snares on the third and eighth, and an 808 that bends between root "
            "and octave. The piano motif is four bars and leaves space for a voice. Strings are "
            "the same chords, held."
        ),
        price_tokens=44,
        bpm=142,
        key=key_of("C# minor"),
        roots=(1, 6),
        published_days_ago=47,
        cover="chop",
        palette="ice",
        files=(
            loop("Stairwell drums", "drums", tokens=8, bars=2),
            loop("Bent 808", "bass", "808", tokens=9),
            loop("Piano next door", "melody", "piano", tokens=8),
            loop("Held strings", "chords", "strings", tokens=7),
            loop("Hats in threes", "drums", "hats", tokens=5, bars=2),
            loop("Glass bells", "arp", "bell", tokens=7),
            one_shot("808 in C sharp", "note", "808", tokens=5),
            one_shot("Drill snare", "hit", "snare", tokens=3),
            one_shot("Landing rim", "hit", "rim", tokens=3),
        ),
    ),
    DemoPack(
        title="Kerosene Choir",
        creator="dee-okonjo",
        genre="trap",
        style="trap",
        tags=("dark", "808", "choir", "bells"),
        summary="Slow-burning trap: choir, bells, a heavy 808 and hats with rolls.",
        description=(
            "The choir sings vowels, no words, over two chords in four bars. Hats roll in "
            "doubles and triplets and are never the same twice. The 808 is tuned to the key and "
            "distorted just before it folds."
        ),
        price_tokens=58,
        bpm=140,
        key=key_of("D minor"),
        roots=(1, 6),
        published_days_ago=15,
        cover="rings",
        palette="ember",
        files=(
            loop("Half-time drums", "drums", tokens=9),
            loop("Choir over petrol", "chords", "choir", tokens=9),
            loop("808 line", "bass", "808", tokens=9),
            loop("Bell drops", "arp", "bell", tokens=8),
            loop("Rolling hats", "drums", "hats", tokens=6),
            loop("Burnt flute", "melody", "whistle", tokens=8),
            one_shot("Trap clap", "hit", "clap", tokens=3),
            one_shot("808 in D", "note", "808", tokens=5),
            one_shot("Choir chord", "chord-hit", "choir", tokens=5),
            one_shot("Dry kick", "hit", "kick", tokens=4),
            one_shot("Falling noise", "effect", "fall", tokens=3),
        ),
    ),
    DemoPack(
        title="Bent Nickel",
        creator="oren-takeda",
        genre="boom-bap",
        style="boom-bap",
        tags=("dusty", "upright bass", "piano", "head-nod"),
        summary="Boom bap through a 12-bit sampler: dusty kit, upright bass, felt piano.",
        description=(
            "The kit ran through an old sampler at twelve bits, which took the top off and left "
            "the weight. Upright bass and piano play the same two-chord idea with different "
            "turns. Hats drag."
        ),
        price_tokens=40,
        bpm=90,
        key=key_of("A minor"),
        roots=(1, 4, 1, 5),
        published_days_ago=77,
        cover="chop",
        palette="sand",
        files=(
            loop("Two-dollar break", "drums", tokens=8, bars=2),
            loop("Upright, walking", "bass", "upright", tokens=8, line="walking"),
            loop("Felt piano turn", "chords", "piano", tokens=8),
            loop("Vibes on the corner", "melody", "marimba", tokens=7),
            loop("Needle noise", "texture", "vinyl", tokens=4, bars=2),
            one_shot("Dusty kick", "hit", "kick", tokens=4),
            one_shot("Dusty snare", "hit", "snare", tokens=4),
            one_shot("Dusty hat", "hit", "hat", tokens=2),
            one_shot("Upright note in A", "note", "upright", tokens=4),
        ),
    ),
    DemoPack(
        title="Paper Cup Sunday",
        creator="oren-takeda",
        genre="lo-fi",
        style="lo-fi",
        tags=("calm", "electric piano", "study", "tape"),
        summary="Lo-fi keys and brushed-feeling drums for a slow morning.",
        description=(
            "Ninth chords on an electric piano, late on the beat, and a kit that was never meant "
            "to be loud. The guitar picks a few notes of each chord. Crackle comes on its own "
            "loop, use as much as you like."
        ),
        price_tokens=35,
        bpm=78,
        key=key_of("Eb major"),
        roots=(2, 5, 1, 6),
        published_days_ago=29,
        cover="sea",
        palette="dawn",
        files=(
            loop("Kitchen drums", "drums", tokens=7, bars=2),
            loop("Refill chords", "chords", "electric-piano", tokens=9),
            loop("Lazy upright", "bass", "upright", tokens=7),
            loop("Guitar by the window", "arp", "guitar", tokens=8),
            loop("Steam and crackle", "texture", "vinyl", tokens=4, bars=2),
            loop("Spoon melody", "melody", "kalimba", tokens=7),
            one_shot("Soft snare", "hit", "snare", tokens=3),
            one_shot("Felt kick", "hit", "kick", tokens=3),
        ),
    ),
    DemoPack(
        title="Slow Dial",
        creator="oren-takeda",
        genre="r-and-b",
        style="r-and-b",
        tags=("smooth", "late night", "electric piano", "bass"),
        summary="Slow R&B pocket with rich keys and a bass that talks back.",
        description=(
            "A tight snare, swung sixteenths and ninth chords that lean on the second beat. The "
            "bass line is busy at the end of the bar only. The tempo is 92.5 and wants to stay "
            "there."
        ),
        price_tokens=47,
        bpm=92.5,
        key=key_of("G# minor"),
        roots=(6, 7, 1, 1),
        published_days_ago=120,
        cover="marble",
        palette="rose",
        files=(
            loop("Pocket kit", "drums", tokens=8, bars=2),
            loop("Velvet keys", "chords", "electric-piano", tokens=9),
            loop("Answering bass", "bass", "rubber", tokens=8),
            loop("Breath lead", "melody", "whistle", tokens=8),
            loop("Night glass", "chords", "glass", tokens=7, line="held"),
            loop("Side percussion", "drums", "percussion", tokens=5, bars=2),
            one_shot("Pocket snare", "hit", "snare", tokens=3),
            one_shot("Pocket kick", "hit", "kick", tokens=3),
            one_shot("Ninth chord", "chord-hit", "electric-piano", tokens=5),
        ),
    ),
    DemoPack(
        title="Vending Machine Funk",
        creator="lucia-ferran",
        genre="funk",
        style="r-and-b",
        tags=("funky", "guitar", "organ", "tight"),
        summary="Small-room funk: muted guitar, slapped bass line and an organ that mumbles.",
        description=(
            "Drums with plenty of ghost notes, a picked bass that jumps to the octave and a "
            "guitar that mostly does not play. Every loop is the same vamp in E."
        ),
        price_tokens=36,
        bpm=108,
        key=key_of("E minor"),
        roots=(1, 1, 4, 4),
        published_days_ago=228,
        cover="rings",
        palette="market",
        files=(
            loop("Ghost-note kit", "drums", tokens=8, bars=2),
            loop("Coin slot bass", "bass", "picked", tokens=8),
            loop("Chicken-scratch guitar", "chords", "muted-guitar", tokens=8, line="clave"),
            loop("Mumbling organ", "chords", "organ", tokens=7),
            loop("Brass button", "melody", "brass", tokens=7),
            one_shot("Cracked snare", "hit", "snare", tokens=3),
            one_shot("Bell hit", "hit", "bell", tokens=3),
        ),
    ),
    DemoPack(
        title="Patio at Two",
        creator="lucia-ferran",
        genre="reggaeton",
        style="reggaeton",
        tags=("latin", "dembow", "guitar", "warm"),
        summary="Dembow drums with nylon guitar and a round island bass.",
        description=(
            "The drum loop is the classic three-three-two with a second take in its second bar. "
            "Guitar and pluck play the same chords in different rhythms. Good under a voice at 95, "
            "fine at 90."
        ),
        price_tokens=43,
        bpm=95,
        key=key_of("B minor"),
        roots=(1, 6, 3, 7),
        published_days_ago=55,
        cover="sea",
        palette="ember",
        files=(
            loop("Dembow, first take", "drums", tokens=8, bars=2),
            loop("Nylon chords", "chords", "guitar", tokens=8),
            loop("Island bass", "bass", "sub", tokens=7),
            loop("Plucked pattern", "arp", "pluck", tokens=7),
            loop("Side sticks and shaker", "drums", "percussion", tokens=5, bars=2),
            loop("Balcony lead", "melody", "lead", tokens=8),
            one_shot("Dembow snare", "hit", "snare", tokens=3),
            one_shot("Round patio kick", "hit", "kick", tokens=3),
            one_shot("Nylon note", "note", "guitar", tokens=4),
        ),
    ),
)
