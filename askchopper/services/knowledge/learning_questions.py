"""Recognises learning questions: what, how, why, differences, and beginners' phrases."""

import re

from askchopper.services.knowledge import glossary
from askchopper.services.knowledge.theory import questions

MOST_READ = 400
_OPENING = r"^(?:(?:hi|hello|hey|ok|okay|so|please|help|quick question|question|um+|sorry|and|but|also|honestly|noob question|dumb question|guys|again)[\s,:.!-]+)*"
# Nearly every way to ask a question; whether it is educational depends on its subject.
_ASKS = re.compile(
    _OPENING
    + r"(?:what(?:'s|s)?|how|why|when(?:'s)?|where|which|whose|do|does|is|are|should|would|can|could|isn't|aren't|doesn't|don't"
    r"|explain|define|describe|teach|show me how|help me|tell me|talk me through|walk me through|difference|differences|meaning|basics|the basics|the difference|the meaning"
    r"|i|i'm|im|i've|i'd|never|no idea|not sure|confused|beginner|(?:any )?(?:tips|advice)|tutorials?|introduction|intro|guide|learn|learning|eli5|for dummies)\b",
    re.IGNORECASE,
)
_ANYWHERE = re.compile(
    r"\b(?:mean(?:s|ing)?\b|difference between|for dummies|for beginners?|in simple words|in plain words|stands? for|what (?:even )?is\b|how does .* work|how do(?:es)? (?:you|i|one|people|producers)|explained?\b|vs\.?|versus|eli5|as a beginner|i'm a beginner|i am a beginner|difference)",
    re.IGNORECASE,
)
# Requests for items, about the member's account, about figures of the marketplace, or about people.
_OTHER = re.compile(
    r"\b(?:find|show me (?!how)|search|recommend|suggest|looking for|give me|play me|any (?:good )?(?:packs?|loops?|samples?|sounds?)|got any|have any|do you (?:have|sell|know)|similar to|sounds? like|something like|"
    r"(?:do|does) .{1,60} (?:have|contain|include|come with)|(?:what|which|how many) (?:packs?|sounds?|loops?|samples?|tracks|files|creators?|tokens?)|my (?:wallet|balance|library|account|password|email|tokens?|purchases?|order|payment|payout|profile|downloads?|subscription|files?|document|pack)|refunds?|tokens?|cost|price|cheap(?:est)?|free packs?|buy|bought|"
    r"sell(?:ing)? (?:my|here|on)|upload|download|log ?in|sign ?(?:in|up|out)|delete my|cancel|invoice|receipt|discounts?|support|contact|who (?:is|are|made|was)|weather|joke|president|capital of|trend(?:ing|s)|"
    r"how are you|your name|are you (?:a|an|real|human)|can you (?:make|write|compose|produce|master|mix|sing)|write me|make me|compose|is this (?:pack|loop|sound|one)|this (?:pack|creator|seller)|in (?:this|my) (?:pdf|document)|"
    r"newest|latest|new (?:this|last) (?:week|month)|most popular|best[- ]selling|i own|did i|have i|you (?:sell|have) |spotify|playing (?:right )?now|near me|open (?:today|now)|how old are|what time is)\b",
    re.IGNORECASE,
)
_ABOUT_GOODS = re.compile(
    r"\b(?:packs?|loops?|samples?|one[ -]?shots?)\s+(?:in|at|for|with|under|around|from|like|that)\b", re.IGNORECASE
)
_ABOUT_ONESELF = re.compile(_OPENING + r"(?:i|i'm|im|i've|i'd)\b", re.IGNORECASE)
_WANTS_TO_KNOW = re.compile(
    r"\b(?:learn|understand|know|new to|confused|beginner|starting|idea what|hearing|reading|wonder|curious|unsure|not sure|struggle|struggling|stuck|get what|get why|get how|explain|explanation|mean)\b",
    re.IGNORECASE,
)
_SUBJECT = re.compile(
    r"\b(?:mix(?:es|ing)?|master(?:ing)?|beats?|drums?|bass(?:lines?)?|vocals?|synths?|chords?|melod(?:y|ies)|song|track|producers?|produc(?:e|ing|tion)|music|sound(?:s| design)?|plug-?ins?|daw|ableton|fl studio|logic|"
    r"samples?|sampling|loops?|kicks?|snares?|hats?|keys?|scales?|rhythm|tempo|bpm|audio|recording|eq|frequenc(?:y|ies)|effects?|stereo|mono|licen[cs]e|royalt(?:y|ies)|copyright|808s?|low end|loud(?:er|ness)?|muddy|groove|notes?|arrange(?:ment|ing)?)\b",
    re.IGNORECASE,
)


def is_educational(question: str) -> bool:
    """Return whether a question seeks knowledge about music, its production or its business.

    A request for a computed fact, such as the chords of one key, does not count.
    """
    text = " ".join(question[:MOST_READ].split())
    if (
        not text
        or len(question) > 10 * MOST_READ
        or _OTHER.search(text)
        or (_ABOUT_GOODS.search(text) and not _ASKS.match(text))
    ):
        return False
    if not (_ASKS.match(text) or _ANYWHERE.search(text)) or (
        _ABOUT_ONESELF.match(text) and not _WANTS_TO_KNOW.search(text)
    ):
        return False
    return bool(_SUBJECT.search(text) or glossary.mentions(text)) and questions.find(text) is None
