"""Topics that are never remembered: health, money, politics, religion, sexuality, secrets, and other people."""

import re

_SENSITIVE = re.compile(
    r"""
    \b(?:diagnos\w*|depress(?:ed|ion)|anxiety|bipolar|cancer|tumou?r|pregnan\w*|medication|antidepress\w*|therap(?:y|ist)|psychiatr\w*
        |adhd|autis\w*|hiv|diabet\w*|epilep\w*|tinnitus|disab(?:led|ility)|my\ (?:illness|health|doctor)|addict(?:ed|ion)|rehab
        |alcoholic|suicid\w*)\b
    |\b(?:salary|income|in\ debt|my\ debts?|mortgage|bank\ account|iban|credit\ card|bankrupt\w*|my\ (?:rent|loans?|savings)
        |i\ earn|unemployed)\b
    |\b(?:i\ vot(?:e|ed)|voter|republican|democrat|socialist|communist|conservative\ party|labour\ party|maga|left-wing|right-wing)\b
    |\b(?:muslim|islam|christian|catholic|protestant|jewish|judaism|hindu|buddhist|atheist|my\ (?:religion|faith))\b
    |\bi(?:'m|\ am)\ (?:gay|lesbian|bi|bisexual|queer|trans|transgender|straight|asexual)\b
    |\b(?:password|passcode|pin\ (?:code|number)|passport|social\ security|ssn|phone\ number|my\ (?:home\ )?address|i\ live\ (?:at|in|on))\b
    |\bmy\ (?:\w+\ )?(?:wife|husband|girlfriend|boyfriend|partner|mom|mum|mother|dad|father|parents?|brother|sister|son|daughter|kids?
        |child(?:ren)?|boss|manager|friends?|neighbou?r|roommate|flatmate|colleagues?|coworkers?|clients?|ex|cousin|uncle|aunt
        |grand\w+)\b
    |\b(?:for|about)\ (?:another|other)\ (?:members?|users?|people)\b|\b(?:another|other)\ (?:member|user)(?:'s)?\b
    |[\w.+-]+@[\w-]+\.\w+
    |(?:\d[\ -]?){9,}
    """,
    re.IGNORECASE | re.VERBOSE,
)


def is_sensitive(text: str) -> bool:
    """Return whether a text is about a topic that is never remembered."""
    return _SENSITIVE.search(text.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")) is not None
