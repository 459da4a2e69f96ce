"""The consent page and the cover pictures of the simulated Spotify."""

import html
from urllib.parse import urlencode


def art(name: str) -> str:
    hue = (int(name.split(".", maxsplit=1)[0]) * 67 + 18) % 360 if name.split(".", maxsplit=1)[0].isdecimal() else 18
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64"><defs><linearGradient id="g" x2="0" y2="1">'
        f'<stop stop-color="hsl({hue} 45% 72%)"/><stop offset="1" stop-color="hsl({hue} 40% 28%)"/></linearGradient></defs>'
        '<path fill="url(#g)" d="M0 0h64v64H0z"/><path stroke="#0006" stroke-width="3" d="M10 64V38m9 26V30m9 34V42m9 22V28m9 36V36m9 28V44"/></svg>'
    )


def consent(query: dict[str, str]) -> str:
    back = html.escape(urlencode(query))
    return (
        '<!doctype html><html lang="en"><title>Spotify simulator</title><meta name="viewport" content="width=device-width">'
        "<body style='font:16px/1.5 system-ui;max-width:34em;margin:10vh auto;padding:0 16px'><h1>Not Spotify</h1>"
        "<p>A simulator on your own machine, to try the remote without an account. Ask Chopper wants to:</p>"
        f"<p><code>{html.escape(query.get('scope', ''))}</code></p>"
        f'<p><a href="/agree?{back}">Agree</a> &nbsp; <a href="/cancel?{back}">Cancel</a></p>'
    )
