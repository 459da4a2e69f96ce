"""Colours, type and class-string tokens of the components, which contain no hex values themselves.

This module writes ``assets/tokens.css``. Components use names only. ``PAIRS`` lists every allowed pair of foreground and background; a unit test computes their contrast.
"""

from pathlib import Path
from typing import Any

COLOURS: dict[str, str] = {
    "base": "#0d0d0d",
    "surface-1": "#141413",
    "surface-2": "#1a1a18",
    "surface-3": "#232320",
    "surface-4": "#2c2c29",
    "line": "#2a2a27",
    "line-strong": "#3a3a36",
    "control": "#7d7b73",
    "text-1": "#f5f3ef",
    "text-2": "#b8b4ac",
    "text-3": "#9a968e",
    "amber": "#ffb224",
    "amber-hi": "#ffc24d",
    "amber-lo": "#e69a0f",
    "amber-tint": "#2b2108",
    "on-amber": "#0d0d0d",
    "wave-idle": "#5b5850",
    "wave-idle-2": "#6b685f",
    "spotify": "#1db954",
    "ok": "#4cc3a5",
    "ok-tint": "#0d2620",
    "warn": "#ff8f4d",
    "warn-tint": "#331a0a",
    "bad": "#ff6b81",
    "bad-tint": "#331219",
    "info": "#6cb2f5",
    "info-tint": "#0f2233",
}

# Foreground, background, least contrast ratio (WCAG 2): 4.5 for text, 3 for controls.
PAIRS: tuple[tuple[str, str, float], ...] = (
    *((text, ground, 4.5) for text in ("text-1", "text-2", "text-3")
      for ground in ("base", "surface-1", "surface-2", "surface-3", "surface-4")),
    *((text, ground, 4.5) for text in ("amber", "ok", "warn", "bad", "info")
      for ground in ("base", "surface-2")),
    *((text, f"{text}-tint", 4.5) for text in ("amber", "ok", "warn", "bad", "info")),
    ("text-1", "amber-tint", 4.5),
    *(("on-amber", fill, 4.5) for fill in ("amber", "amber-hi", "amber-lo", "spotify")),
    ("control", "base", 3.0),
    ("control", "surface-2", 3.0),
    ("wave-idle-2", "surface-2", 3.0),
)  # fmt: skip

TAILWIND: dict[str, Any] = {
    "content": ["./app/**/*.jsx", "./app_components/**/*.jsx", "./utils/**/*.jsx", "./public/**/*.jsx"],
    "theme": {
        "extend": {
            "colors": {name: f"var(--{name})" for name in COLOURS},
            "borderRadius": {"ctl": "6px", "cover": "8px", "bubble": "10px", "sheet": "14px"},
            "fontFamily": {"ui": "var(--font-ui)", "mono": "var(--font-mono)"},
            "screens": {"sm": "640px", "md": "900px", "lg": "1200px"},
            "maxWidth": {"site": "1440px", "prose": "680px"},
        }
    },
}

# Type roles.
DISPLAY = "text-[clamp(40px,6vw,72px)] leading-[1.02] font-bold tracking-[-0.03em]"
TITLE_1 = "text-[24px] leading-[30px] md:text-[28px] md:leading-[34px] font-semibold tracking-[-0.02em]"
TITLE_2 = "text-[20px] leading-[26px] font-semibold tracking-[-0.01em]"
TITLE_3 = "text-[16px] leading-[22px] font-semibold"
BODY = "text-[15px] leading-[24px]"
UI = "text-[14px] leading-[20px]"
SMALL = "text-[13px] leading-[18px]"
LABEL = "text-[12px] leading-[16px] font-semibold"
FACT = "fact"

# Frames.
GUTTER = "px-4 sm:px-6 md:px-7"
PAGE = f"{GUTTER} mx-auto w-full max-w-site"
HAIRLINE = "border-b border-line"
FLOATING = "bg-surface-3 border border-line-strong shadow-[0_24px_48px_rgb(0_0_0/.6)]"

# Controls.
PRESS = "transition-[transform,background-color,border-color,color] duration-[90ms] active:scale-[.98]"
BUTTON = (
    f"{PRESS} inline-flex items-center justify-center gap-2 rounded-ctl font-semibold text-[14px] leading-[20px]"
    " min-h-[44px] md:min-h-[40px] px-4 cursor-pointer select-none whitespace-nowrap"
    " disabled:opacity-40 disabled:cursor-not-allowed disabled:active:scale-100"
    " aria-busy:cursor-progress"
)
BUTTON_KIND = {
    "primary": "bg-amber text-on-amber hover:bg-amber-hi active:bg-amber-lo",
    "secondary": "border border-control text-text-1 hover:bg-surface-2 active:bg-surface-4",
    "quiet": "text-text-2 hover:bg-surface-2 hover:text-text-1 active:bg-surface-4",
    "danger": "text-bad hover:bg-bad-tint",
    "danger-filled": "bg-bad text-on-amber hover:brightness-110",
}
ICON_BUTTON = (
    f"{PRESS} inline-grid place-items-center size-[44px] md:size-[40px] rounded-ctl text-text-2"
    " hover:bg-surface-2 hover:text-text-1 active:bg-surface-4 cursor-pointer shrink-0"
)
FIELD = (
    "w-full min-h-[44px] rounded-ctl border border-control bg-surface-2 px-3 text-[16px] md:text-[15px] text-text-1"
    " placeholder:text-text-3 text-ellipsis hover:border-text-3 disabled:opacity-40 aria-[invalid=true]:border-bad"
)
CHIP = (
    f"{PRESS} inline-flex items-center gap-1.5 min-h-[36px] md:min-h-[32px] rounded-ctl px-3 text-[13px] leading-[18px]"
    " bg-surface-2 text-text-1 hover:bg-surface-3 cursor-pointer whitespace-nowrap"
)
BADGE = "inline-flex items-center rounded-full bg-surface-3 px-2.5 py-0.5 text-[12px] leading-[16px] text-text-2 whitespace-nowrap"
CHIP_ON = "!bg-amber-tint !text-amber shadow-[inset_0_0_0_1px_var(--amber)]"
PLATE = "inline-flex items-center justify-center gap-2 rounded-ctl bg-surface-2 min-h-[44px] md:min-h-[40px] px-3 fact text-text-1"
LINK = "text-info underline-offset-2 hover:underline"

# Family, file and weights. The files have only these weights (fontTools, ``varLib.instancer``), which makes the first page 9 kB lighter.
_FONTS = (("Bricolage Grotesque", "bricolage", "400 700"), ("Geist Mono", "geist-mono", "400 600"))
_FONT_RANGES = {
    "latin": "U+0000-00FF,U+0131,U+0152-0153,U+02BB-02BC,U+02C6,U+02DA,U+02DC,U+0304,U+0308,U+0329,U+2000-206F,"
    "U+20AC,U+2122,U+2191,U+2193,U+2212,U+2215,U+FEFF,U+FFFD",
    "latin-ext": "U+0100-02BA,U+02BD-02C5,U+02C7-02CC,U+02CE-02D7,U+02DD-02FF,U+1D00-1DBF,U+1E00-1E9F,U+1EF2-1EFF,"
    "U+2020,U+20A0-20AB,U+20AD-20C0,U+2113,U+2C60-2C7F,U+A720-A7FF",
}

_RULES = """
html { background: var(--base); color: var(--text-1); font-family: var(--font-ui); font-size: 16px;
  scroll-padding-top: 72px; scroll-padding-bottom: calc(var(--player-h) + 24px); -webkit-text-size-adjust: 100%; }
body { margin: 0; min-height: 100dvh; font-size: 14px; line-height: 20px; font-synthesis: none;
  -webkit-font-smoothing: antialiased; touch-action: manipulation; }
button, input, select, textarea { font: inherit; color: inherit; }
:focus-visible { outline: 2px solid var(--text-1); outline-offset: 2px; }
::selection { background: var(--amber-tint); color: var(--text-1); }
.fact { font: 500 12px/16px var(--font-mono); font-variant-numeric: tabular-nums; color: var(--text-2); }
.fact.text-text-1 { color: var(--text-1); }
.fact-lg { font: 500 24px/28px var(--font-mono); font-variant-numeric: tabular-nums; color: var(--text-1); }
.sr-only:focus-visible { position: fixed; inset: 8px auto auto 8px; z-index: 100; width: auto; height: auto; clip-path: none;
  padding: 12px 16px; background: var(--surface-3); border-radius: 6px; }
li:has([name="taste-correction"][open]) ~ li [name="taste-correction"] > summary { visibility: hidden; } /* behind the open panel */
.token { display: inline-block; width: .5em; height: .72em; transform: skewX(-12deg); background: currentColor; border-radius: 1px; }
.wash { background-image: linear-gradient(hsl(var(--hue) 30% 16% / .9), transparent); }
.clip { display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 3; overflow: hidden; }
.caret { display: inline-block; width: 2px; height: 1.1em; margin-left: 2px; vertical-align: -.2em; background: var(--amber); }
@media (min-width: 768px) { body:has([data-chat-panel]) { --panel-w: 400px; } }
@media (min-width: 1200px) { body:has([data-chat-panel]) main { padding-right: var(--panel-w); } }
.prose-chat { font-size: 15px; line-height: 24px; max-width: 68ch; overflow-wrap: anywhere; }
.prose-chat > * + *, .prose-chat > div > * + *, .prose-chat li + li { margin-top: 8px; }
.prose-chat ul { list-style: disc; padding-inline-start: 20px; } .prose-chat ol { list-style: decimal; padding-inline-start: 24px; }
.prose-chat strong { font-weight: 600; } .prose-chat a { color: var(--info); text-decoration: underline; text-underline-offset: 2px; }
.prose-chat h2, .prose-chat h3, .prose-chat h4 { font-size: 16px; line-height: 22px; font-weight: 600; }
.prose-page h2 { color: var(--text-1); margin-top: 32px !important; font-size: 20px; line-height: 26px; }
.prose-page h3 { color: var(--text-1); margin-top: 20px !important; }
.prose-chat code { font: 500 13px/18px var(--font-mono); background: var(--surface-2); border-radius: 4px; padding: 1px 4px; }
.prose-chat pre { background: var(--surface-2); border-radius: 6px; padding: 12px; overflow-x: auto; } .prose-chat pre code { padding: 0; }
.prose-chat blockquote { border-inline-start: 2px solid var(--line-strong); padding-inline-start: 12px; color: var(--text-2); }
.prose-chat table { display: block; overflow-x: auto; border-collapse: collapse; } .prose-chat th { text-align: start; font-weight: 600; }
.prose-chat th, .prose-chat td { padding: 6px 16px 6px 0; border-bottom: 1px solid var(--line); overflow-wrap: break-word; } .prose-chat th { white-space: nowrap; }
.prose-chat th[align=right], .prose-chat td[align=right] { text-align: end; font-variant-numeric: tabular-nums; }
.cite { min-width: 20px; height: 20px; margin: 0 2px; padding: 0 5px; border-radius: 4px; background: var(--surface-3); color: var(--text-1); font: 500 12px/20px var(--font-mono); vertical-align: 1px; cursor: pointer; position: relative; }
.cite::after { content: ""; position: absolute; inset: -12px; } .cite:hover { background: var(--surface-4); }
.star-choice label { position: relative; display: inline-grid; place-items: center; width: 44px; height: 44px; border-radius: 6px; color: var(--wave-idle-2); cursor: pointer; }
.star-choice label:has(:checked), .star-choice label:has(~ label :checked) { color: var(--amber); } .star-choice label:hover { background: var(--surface-2); }
.star-choice label:has(:checked) svg, .star-choice label:has(~ label :checked) svg { fill: currentColor; }
.star-choice label:has(:focus-visible) { outline: 2px solid var(--text-1); outline-offset: -2px; }
details summary::-webkit-details-marker { display: none; }
.skeleton { background: linear-gradient(102deg, var(--surface-2) 40%, var(--surface-3) 50%, var(--surface-2) 60%) 100% 0 / 300% 100%;
  animation: sweep 1.6s linear infinite, appear 150ms 150ms both; }
.meter i { display: block; width: 3px; height: 12px; background: currentColor; transform-origin: bottom; animation: meter 900ms ease-in-out infinite; }
.meter i:nth-child(2) { animation-delay: -300ms; } .meter i:nth-child(3) { animation-delay: -600ms; }
@keyframes sweep { to { background-position: -50% 0; } }
@keyframes appear { from { opacity: 0; } }
@keyframes meter { 0%, 100% { transform: scaleY(.35); } 50% { transform: scaleY(1); } }
@keyframes rise { from { transform: translateY(24px); opacity: 0; } }
dialog { margin: auto; padding: 0; border: 0; color: inherit; max-width: none; max-height: none; }
dialog[open] { animation: rise 220ms var(--ease); }
dialog::backdrop { background: rgb(0 0 0 / .6); }
dialog[open]:not(:modal) { position: fixed; inset: 0; height: fit-content; z-index: 100; box-shadow: 0 0 0 100vmax rgb(0 0 0 / .6); }
[popover] { margin: 0; color: inherit; inset: auto; }
input[type="range"] { appearance: none; background: none; cursor: pointer; }
input[type="range"]::-webkit-slider-runnable-track { height: 2px; background: linear-gradient(var(--fill-colour, var(--text-1)), var(--fill-colour, var(--text-1))) 0 / var(--fill, 0%) 100% no-repeat var(--line-strong); }
input[type="range"]::-moz-range-track { height: 2px; background: var(--line-strong); }
input[type="range"]::-moz-range-progress { height: 2px; background: var(--fill-colour, var(--text-1)); }
input[type="range"]::-webkit-slider-thumb { appearance: none; width: 12px; height: 12px; margin-top: -5px; border-radius: 50%; background: var(--text-1); opacity: var(--thumb, 1); }
input[type="range"]::-moz-range-thumb { width: 12px; height: 12px; border: 0; border-radius: 50%; background: var(--text-1); opacity: var(--thumb, 1); }
input[type="radio"], input[type="checkbox"] { appearance: none; flex: none; display: inline-grid; place-content: center; width: 18px; height: 18px;
  border: 1px solid var(--control); border-radius: 50%; background: transparent; cursor: pointer; }
input[type="checkbox"] { border-radius: 4px; }
input[type="radio"]:checked, input[type="checkbox"]:checked { border-color: var(--amber); background: var(--amber-tint); }
input[type="radio"]:checked::before { content: ""; width: 8px; height: 8px; border-radius: 50%; background: var(--amber); }
input[type="checkbox"]:checked::before { content: ""; width: 10px; height: 5px; margin-top: -2px; border: solid var(--amber); border-width: 0 0 2px 2px; transform: rotate(-45deg); }
input[role="switch"] { width: 36px; height: 20px; border-radius: 10px; justify-content: start; padding: 0 3px; }
input[role="switch"]::before, input[role="switch"]:checked::before { content: ""; width: 12px; height: 12px; margin: 0; border: 0; border-radius: 50%; background: var(--text-2); transform: none; transition: transform 140ms var(--ease); }
input[role="switch"]:checked::before { background: var(--amber); transform: translateX(16px); }
input[type="search"]::-webkit-search-cancel-button { display: none; }
@media (max-width: 639px) { dialog.sheet { margin-bottom: 0; width: 100vw !important; border-radius: 14px 14px 0 0 !important; } }
@media (pointer: coarse) { input, textarea, select { font-size: 16px; } .hover-only { opacity: 1 !important; } }
/* Hidden, so that it does not move when the skeleton above it gives way to the page. */
main:has(div[aria-busy="true"]) ~ footer { visibility: hidden; }
@media (prefers-reduced-motion: reduce) {
  *, ::before, ::after { animation-duration: .01ms !important; animation-iteration-count: 1 !important; transition-property: opacity, color !important; }
  .meter i { animation-duration: 900ms !important; animation-iteration-count: infinite !important; } }
"""


# Outside the layer: the toast library's own rules are in none, and would win.
_TOASTS = """
[data-sonner-toaster] { --mobile-offset-bottom: calc(var(--player-h) + var(--tabs-h) + var(--bar-h) + 12px) !important; }
[data-sonner-toaster] [data-sonner-toast][data-styled="true"] { background: var(--surface-3); border: 1px solid var(--line-strong); color: var(--text-1);
  border-radius: 6px; font: 400 14px/20px var(--font-ui); box-shadow: 0 24px 48px rgb(0 0 0 / .6); padding: 12px 16px; }
[data-sonner-toast] [data-close-button] { background: var(--surface-4) !important; border-color: var(--line-strong) !important; color: var(--text-1) !important; }
[data-sonner-toast][data-type="success"] [data-icon] { color: var(--ok); } [data-sonner-toast][data-type="error"] [data-icon] { color: var(--bad); }
"""

# With forced colours, such as Windows' high contrast, browsers remove backgrounds and shadows. So the tokens become system colours,
# every control has a border, and selected ones have a thicker border.
_FORCED = """
@media (forced-colors: active) {
  :root { --text-1: CanvasText; --text-2: CanvasText; --text-3: CanvasText; --amber: Highlight; --on-amber: HighlightText;
    --wave-idle: CanvasText; --wave-idle-2: CanvasText; --control: CanvasText; --line: CanvasText; --line-strong: CanvasText; }
  button, summary, [role="option"], [role="menuitem"], a[class*="rounded-"], .skeleton, dialog, [popover] { outline: 1px solid ButtonBorder; outline-offset: -1px; }
  [aria-current]:not([aria-current="false"]), [aria-pressed="true"], [aria-selected="true"], label:has(> input:checked) { outline: 2px solid Highlight; outline-offset: -2px; }
  [data-row][data-current] { outline: 2px solid Highlight; }
  @layer components { :focus-visible { outline: 3px solid Highlight !important; outline-offset: 2px !important; } } /* wins over utilities there */
  .token, .meter i, input[type="radio"]:checked::before, input[role="switch"]::before { forced-color-adjust: none; background: CanvasText !important; }
  input[role="switch"]:checked { forced-color-adjust: none; background: Highlight; border-color: Highlight; }
  input[role="switch"]:checked::before { background: HighlightText !important; }
  .bg-amber, .bg-bad { forced-color-adjust: none; } /* the browser would put a dark plate behind dark words */
  input[type="range"] { forced-color-adjust: none; --fill-colour: Highlight; }
  [role="slider"] canvas { forced-color-adjust: none; } }
"""

# Paper is white: the tokens become black and greys, so that charts and tables need no rules of their own. Controls do nothing there.
_PRINT = """
@media print {
  :root { color-scheme: light !important; --base: #fff; --surface-1: #fff; --surface-2: #eee; --surface-3: #fff; --surface-4: #eee; --line: #bbb;
    --line-strong: #888; --control: #666; --text-1: #000; --text-2: #222; --text-3: #444; --amber: #000; --amber-tint: #ddd; --wave-idle: #999;
    --wave-idle-2: #999; --ok: #000; --warn: #000; --bad: #000; --info: #000; --ok-tint: #eee; --warn-tint: #eee; --bad-tint: #eee; --info-tint: #eee; --player-h: 0px; --tabs-h: 0px; }
  html { background: #fff !important; } /* the document has the dark one in its head */
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  header, footer, nav, dialog, [popover], [data-player], [data-bottom-bar], [data-sonner-toaster], .no-print { display: none !important; }
  button { visibility: hidden; } .wash { background: none; } /* a button without its place would move the columns of a row */
  table .truncate { overflow: visible; white-space: normal; } h1, h2, h3, thead { break-after: avoid; } li, tr, figure, dl > div { break-inside: avoid; }
}
"""


def tokens_css() -> str:
    """Build the stylesheet with tokens, fonts and the few global rules."""
    variables = "".join(f" --{name}: {value};" for name, value in COLOURS.items())
    faces = "".join(
        f"@font-face {{ font-family: '{family}'; font-style: normal; font-display: swap; font-weight: {weights};"
        f" src: url(/fonts/{name}-{subset}.woff2) format('woff2'); unicode-range: {ranges}; }}\n"
        for family, name, weights in _FONTS
        for subset, ranges in _FONT_RANGES.items()
    )
    # The fallback has the metrics of the web font, so that the swap moves nothing.
    fallback = (
        "@font-face { font-family: 'Bricolage fallback'; src: local('Arial');"
        " size-adjust: 99%; ascent-override: 94%; descent-override: 27%; line-gap-override: 0%; }\n"
    )
    return (
        "/* Written by askchopper/components/theme.py; change it there. */\n"
        f"{faces}{fallback}:root {{ color-scheme: dark !important;{variables}"  # Reflex writes the light scheme of the system into the element
        " --font-ui: 'Bricolage Grotesque', 'Bricolage fallback', system-ui, sans-serif;"
        " --font-mono: 'Geist Mono', ui-monospace, 'SFMono-Regular', Menlo, monospace;"
        " --ease: cubic-bezier(.2, 0, 0, 1); --player-h: 0px; --tabs-h: 0px; --bar-h: 0px; --banner-h: 0px; }\n"
        ":root[data-has-player] { --player-h: 72px; } :root[data-has-mix] { --player-h: 128px; } :root:has([data-bottom-bar]) { --bar-h: 72px; }"
        " :root:has([data-offline]) { --banner-h: 32px; }\n"
        "@media (max-width: 899px) { :root[data-has-player] { --player-h: 60px; } :root[data-has-mix] { --player-h: 116px; } :root { --tabs-h: calc(56px + env(safe-area-inset-bottom, 0px)); } }\n"
        # In the components layer, so that a utility class on an element wins over these.
        f"@layer components {{{_RULES}}}\n{_TOASTS}{_FORCED}{_PRINT}"
    )


def write_tokens(folder: Path) -> None:
    """Write the stylesheet into the assets folder if it differs."""
    path = folder / "tokens.css"
    css = tokens_css()
    if not path.exists() or path.read_text() != css:
        path.write_text(css)
