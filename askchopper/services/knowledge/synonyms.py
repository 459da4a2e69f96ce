"""Words that people use for one another around music, contracts and studios, so that a question finds other words than its own.

Words are written as they are spoken; forms of one word need no entry, since stems are compared. The catalogue's synonyms,
which an operator may edit, are used beside these.
"""

_GROUPS = (
    "licence license licensing",
    "agreement contract deal",
    "price cost fee rate charge",
    "pay payment paid payable",
    "split share percentage percent",
    "songwriter writer composer",
    "publisher publishing",
    "royalty income revenue earnings",
    "advance upfront prepayment",
    "deposit downpayment",
    "terminate cancel end termination cancellation",
    "refund reimburse reimbursement",
    "deadline due",
    "permission clearance approval consent clear",
    "exclusive sole",
    "credit attribution credited",
    "owner ownership own",
    "duration length long",
    "term period",
    "limit maximum cap",
    "minimum least",
    "country territory",
    "sue lawsuit dispute arbitration court",
    "tax vat withholding",
    "loudness lufs loud",
    "volume level gain",
    "microphone mic",
    "equaliser equalizer eq",
    "compressor compression compress",
    "reverb reverberation",
    "bass sub low-end",
    "vocal vox voice singer vocalist",
    "drums drummer kit",
    "engineer technician",
    "headphones cans",
    "monitor wedge",
    "sibilance esses de-esser sibilant",
    "noise hum hiss",
    "master mastering",
    "deliver delivery supply",
    "upload submit",
    "filename naming name",
    "artwork cover",
    "concert show gig performance",
    "festival event",
    "hotel accommodation lodging",
    "travel transport transportation flight van",
    "food catering meal meals",
    "drink drinks beverage beverages",
    "insurance insured",
    "staff crew personnel",
    "power electricity mains",
    "stage riser",
    "buy purchase bought",
    "equipment gear",
    "broken repair faulty fault",
    "lyrics lyric words",
    "knob control dial",
    "begin start",
    "late overtime",
    "store shop platform dsp",
    "video film sync synchronisation synchronization",
    "tempo bpm",
    "money funds sum",
    "illness sick ill",
    "weekend saturday sunday",
)


def _by_word() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for group in _GROUPS:
        words = group.split()
        for word in words:
            others = tuple(other for other in words if other != word)
            found[word] = (*found.get(word, ()), *others)
    return found


SYNONYMS = _by_word()
