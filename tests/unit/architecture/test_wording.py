"""Wording: names, comments, documentation and messages use standard terms, see docs/glossary.md."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[3]
TEXT = (".py", ".md", ".toml", ".js", ".jsx", ".sql", ".yml", "Makefile", ".env.example")
# History that is not edited, texts quoted from others, and this list itself.
EXEMPT = re.compile(
    r"CHANGELOG\.md|alembic/(sql|versions)/|bench/out/|tests/integration/retrieval/texts/|tests/support/injection_payloads\.py"
    r"|tests/unit/architecture/test_wording\.py|.*/licence_texts/"
)
BANNED = (
    "anew", "who(?:so)?ever", "strangers?", "newcomers?", "the house", "stand-?ins?", "all the same", "for ever", "once more",
    "(?:lies|lie|lay) (?:in|here|there)", "stands? (?:in|on|here|there|beside|nowhere|somewhere)", "goes on",
    "go(?:ing)? on (?:with|as|in|where|behind)", "(?:was|were|is|are) met (?:by|as|with)", "met by an?", "one look at",
    "looks? (?:at spotify|anew)", "nobody else", "in the making", "for the length of (?:a|the) (?:block|module)",
)  # fmt: skip
# A fixed interface, ``make run SPOTIFY=standin``, and a query parameter of the Spotify routes.
ALLOWED = re.compile(r'SPOTIFY=standin|--spotify standin|STANDIN = "standin"|anew: bool|=anew|anew=|"anew"|`anew`')
PATTERN = re.compile(rf"(?<![a-z0-9-])(?:{'|'.join(BANNED)})(?![a-z0-9-])".replace(" ", "[ _]"), re.IGNORECASE)


def test_texts_use_standard_terms():
    names = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    hits = [
        f"{name}:{number}: {found[0]}"
        for name in names
        if name.endswith(TEXT) and not EXEMPT.match(name)
        for number, line in enumerate((ROOT / name).read_text(encoding="utf-8").splitlines(), 1)
        for found in PATTERN.finditer(ALLOWED.sub("", line))
    ]
    assert hits == [], "\n" + "\n".join(hits)
