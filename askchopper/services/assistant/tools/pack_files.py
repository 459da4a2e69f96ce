"""Tools that present the member's library as a read-only folder, named and answering like those of the npm MCP filesystem server.

The tree is ``/<pack>/<sound>.<format>`` with a ``licence.txt`` in each folder. It is built from the database; no real file system
is accessed.
"""

import fnmatch
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper.database import read_only
from askchopper.errors import InvalidInputError, NotFoundError
from askchopper.plurals import counted
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.assistant import PageContext
from askchopper.schemas.catalogue import FileRow
from askchopper.schemas.purchases import LibraryItem
from askchopper.services.assistant.tools.definition import Arguments, Outcome, Tool
from askchopper.services.catalogue.licences import licence_text
from askchopper.services.purchases import library
from askchopper.vocabulary import McpScope

LICENCE = "licence.txt"
MAX_LISTED = 200
MAX_SEARCHED_PACKS = 50
NO_PATH = "Your library has no such path. List / to see its folders."


class PathArguments(Arguments):
    """A path of the library."""

    path: str = Field("/", max_length=300, description="Such as `/` or `/night-ferry/kick 01.wav`.")


class SearchArguments(PathArguments):
    """Arguments of ``search_files``."""

    pattern: str = Field(max_length=100, description="Part of a name, or a pattern such as `*.wav`.")


@dataclass(frozen=True)
class _File:
    path: str
    row: FileRow


async def list_directory(viewer: Viewer, wanted: PathArguments, _page: PageContext) -> Outcome:
    """List the latest packs as folders, or the sounds and the licence of one pack.

    Raises:
        NotFoundError: the library has no such path.
        InvalidInputError: the path is a file.
    """
    folder, name = _split(wanted.path)
    async with read_only() as session:
        if not folder:
            page = await library.list_library(session, viewer, limit=MAX_SEARCHED_PACKS)
            lines = [f"[DIR] {item.pack.slug}" for item in page.items]
            return Outcome({"text": "\n".join(lines) or "(empty)"}, f"{len(lines)} folders")
        if name:
            raise InvalidInputError(f"{wanted.path} is a file.")
        files = _files(await library.get_library_item(session, viewer, pack_slug=folder))
    lines = [f"[FILE] {_name(file)}" for file in files[:MAX_LISTED]] + [f"[FILE] {LICENCE}"]
    return Outcome(
        {"text": "\n".join(lines)}, counted(len(files), "sound"), tuple(f"sound:{one.row.id}" for one in files[:8])
    )


async def search_files(viewer: Viewer, wanted: SearchArguments, _page: PageContext) -> Outcome:
    """Find sounds by name in one folder, or in the latest ``MAX_SEARCHED_PACKS`` packs."""
    pattern = wanted.pattern.lower()
    pattern = pattern if any(sign in pattern for sign in "*?[") else f"*{pattern}*"
    folder, _ = _split(wanted.path)
    async with read_only() as session:
        if folder:
            items: Sequence[LibraryItem] = (await library.get_library_item(session, viewer, pack_slug=folder),)
        else:
            items = (await library.list_library(session, viewer, limit=MAX_SEARCHED_PACKS)).items
    found = [file for item in items for file in _files(item) if fnmatch.fnmatchcase(_name(file).lower(), pattern)]
    text = "\n".join(file.path for file in found[:MAX_LISTED]) or "No matches found"
    return Outcome({"text": text}, counted(len(found), "file"), tuple(f"sound:{one.row.id}" for one in found[:8]))


async def get_file_info(viewer: Viewer, wanted: PathArguments, _page: PageContext) -> Outcome:
    """Describe a sound: size, format, tempo, key, loudness."""
    async with read_only() as session:
        file = await _find(session, viewer, wanted.path)
    row = file.row
    facts = {
        "size": f"{row.size_bytes} bytes", "format": row.format, "duration": f"{row.duration_seconds:.2f} s",
        "kind": row.kind.value, "bpm": f"{row.bpm:g}" if row.bpm else "unknown", "key": row.key or "unknown",
        "loudness": f"{row.loudness_lufs:.1f} LUFS" if row.loudness_lufs is not None else "unknown",
        "isDirectory": "false", "isFile": "true", "permissions": "444",
    }  # fmt: skip
    return Outcome(
        {"text": "\n".join(f"{name}: {value}" for name, value in facts.items())}, row.title, (f"sound:{row.id}",)
    )


async def read_text_file(viewer: Viewer, wanted: PathArguments, _page: PageContext) -> Outcome:
    """Read the licence of a pack, the only text file.

    Raises:
        NotFoundError: the library has no such path.
        InvalidInputError: the path is a sound.
    """
    folder, name = _split(wanted.path)
    async with read_only() as session:
        item = await library.get_library_item(session, viewer, pack_slug=folder) if folder else None
        if item is None or name != LICENCE:
            await _find(session, viewer, wanted.path)
            raise InvalidInputError("This is a sound, not a text. Use get_file_info.")
    kinds = dict.fromkeys(licence.kind for licence in item.licences)
    texts = [licence_text(kind).body for kind in kinds]
    return Outcome({"text": "\n\n".join(texts) or "This pack is your own."}, f"licence of {item.pack.title}")


async def _find(session: AsyncSession, viewer: Viewer, path: str) -> _File:
    folder, name = _split(path)
    if not folder or not name:
        raise NotFoundError(NO_PATH)
    files = _files(await library.get_library_item(session, viewer, pack_slug=folder))
    found = next((file for file in files if _name(file) == name), None)
    if found is None:
        raise NotFoundError(NO_PATH)
    return found


def _files(item: LibraryItem) -> list[_File]:
    return [_File(f"/{item.pack.slug}/{row.title.replace('/', '-')}.{row.format.lower()}", row) for row in item.files]


def _name(file: _File) -> str:
    return file.path.rpartition("/")[2]


def _split(path: str) -> tuple[str, str]:
    """Split a path into folder and name. There is nothing above the root.

    Raises:
        NotFoundError: it has more than two parts, or leads upwards.
    """
    parts = [part for part in path.strip().split("/") if part and part != "."]
    if len(parts) > 2 or ".." in parts:
        raise NotFoundError(NO_PATH)
    return (parts[0] if parts else ""), (parts[1] if len(parts) > 1 else "")


TOOLS = (
    Tool(
        "list_directory", "Looking through your files", "Looked through your files", "library", 5.0,
        "List what this person owns as folders: `/` for the packs, `/<pack>` for its sounds.", PathArguments, list_directory,
        McpScope.LIBRARY,
    ),
    Tool(
        "search_files", "Searching your files", "Searched your files", "library", 5.0,
        "Find files that this person owns by name or pattern.", SearchArguments, search_files, McpScope.LIBRARY,
    ),
    Tool(
        "get_file_info", "Looking at a file", "Looked at a file", "file-audio", 5.0,
        "Describe a file that this person owns: size, format, length, tempo, key, loudness.", PathArguments, get_file_info,
        McpScope.LIBRARY,
    ),
    Tool(
        "read_text_file", "Reading a file", "Read a file", "book-open", 5.0,
        "Read the `licence.txt` of a pack that this person owns.", PathArguments, read_text_file, McpScope.LIBRARY,
    ),
)  # fmt: skip
