"""Makes a built page paint its text before its scripts load.

The build preloads every module and runs it on arrival. On a slow connection, modules compete with the style sheet and the font for
bandwidth; on a slow processor, they run before the first frame.
"""

import json
import re

_PRELOAD = re.compile(r'<link rel="modulepreload" href="([^"]+)"/>')
_ENTRY = re.compile(
    r'<script type="module" async="">import "(?P<manifest>[^"]+)";\s*(?P<imports>(?:import \* as \w+ from "[^"]+";\s*)+)'
    r'(?P<modules>window\.__reactRouterRouteModules = \{[^}]*\};)\s*import\("(?P<entry>[^"]+)"\);</script>'
)
_IMPORT = re.compile(r'import \* as (\w+) from "([^"]+)";')
# Scripts start in the second animation frame, when the first is painted: at once in a hidden tab, which paints no frames, and after
# two seconds at the latest.
_AFTER_A_FRAME = (
    "(start=>{let done;const once=()=>{done||(done=true,start())};"
    'document.visibilityState==="hidden"?once():requestAnimationFrame(()=>requestAnimationFrame(once));setTimeout(once,2000)})'
)
_LOAD = 'for(const href of %s){const link=document.createElement("link");link.rel="modulepreload";link.href=href;document.head.append(link)}'


def paint_first(html: str) -> str:
    """Return a built page changed to load its modules after the first frame; a page without modules is returned unchanged."""
    entry = _ENTRY.search(html)
    if entry is None:
        return html
    script = _deferred(entry, _PRELOAD.findall(html))
    return _PRELOAD.sub("", html.replace(entry[0], script, 1))


def _deferred(entry: re.Match[str], preloaded: list[str]) -> str:
    routes = _IMPORT.findall(entry["imports"])
    names = ",".join(name for name, _ in routes)
    paths = ",".join(f'import("{path}")' for path in (entry["manifest"], *(path for _, path in routes)))
    return (
        f"<script>{_AFTER_A_FRAME}(()=>{{{_LOAD % json.dumps(preloaded)};Promise.all([{paths}]).then(([,{names}])=>"
        f'{{{entry["modules"]}import("{entry["entry"]}")}})}})</script>'
    )
