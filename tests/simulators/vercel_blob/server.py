"""Simulator of the parts of Vercel Blob that our client uses: the API and the download hosts, on one loopback port, in its own process.

It prints its port and serves until its input ends. ``POST /faults`` takes a list of ``{"op", "fault", "times", "after"}``:
the next ``times`` requests of that op fail, after ``after`` successful ones. ``GET /seen`` returns all requests, and
``POST /reset`` deletes everything. Files are stored in a folder, so that memory use stays small.
"""

import base64
import hashlib
import hmac
import json
import secrets
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

from tests.simulators.vercel_blob.client_tokens import claims_of, problem_of

STORES = {"priv1": ("private", "vercel_blob_rw_priv1_secretOne"), "pub2": ("public", "vercel_blob_rw_pub2_secretTwo")}
CHUNK = 262_144
MIN_PART_BYTES = 5 * 2**20
lock = threading.RLock()
folder = Path(tempfile.mkdtemp(prefix="ac-blob-"))
blobs: dict[tuple[str, str], dict[str, Any]] = {}
uploads: dict[str, dict[str, Any]] = {}
faults: list[dict[str, Any]] = []
seen: list[dict[str, Any]] = []


class RefusedError(Exception):
    def __init__(self, status: int, code: str, message: str = "", **headers: str) -> None:
        super().__init__(code)
        self.status, self.code, self.message, self.headers = status, code, message or code, headers


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_: object) -> None:
        pass

    def handle_one_request(self) -> None:
        self.unread = 0
        super().handle_one_request()

    def do_GET(self) -> None:
        self.answer()

    do_PUT = do_POST = do_GET  # noqa: N815 - names of the library

    def do_OPTIONS(self) -> None:
        self.send(
            204,
            b"",
            {"Access-Control-Allow-Methods": "GET, PUT, POST", "Access-Control-Allow-Headers": "*, authorization"},
        )

    def answer(self) -> None:
        self.parts = urlsplit(self.path)
        self.query = {name: values[0] for name, values in parse_qs(self.parts.query).items()}
        self.unread = int(self.headers.get("content-length", 0))
        host = self.headers.get("host", "")
        try:
            if self.parts.path in {"/faults", "/seen", "/reset"}:
                self.control()
            elif host.endswith(".blob.vercel-storage.com"):
                self.download(host)
            else:
                self.api()
        except RefusedError as refused:
            self.drain()
            self.json({"error": {"code": refused.code, "message": refused.message}}, refused.status, refused.headers)

    def control(self) -> None:
        body = self.rfile.read(self.unread)
        self.unread = 0
        with lock:
            if self.parts.path == "/seen":
                return self.json(seen)
            if self.parts.path == "/reset":
                for known in (blobs, uploads, faults, seen):
                    known.clear()
            else:
                faults.extend(json.loads(body))
        return self.json({})

    # The API.

    def api(self) -> None:
        store, claims = self.store()
        self.may_overwrite = self.headers.get("x-allow-overwrite") == "1"
        if self.headers.get("x-api-version") != "12":
            raise RefusedError(400, "bad_request", "x-api-version is missing")
        op = self.op()
        self.note(op)
        self.fault = self.fail(op)
        if claims is not None:
            self.may_overwrite = claims.get("allowOverwrite", False)
            if reason := problem_of(
                claims, op, self.query["pathname"], self.unread, self.headers.get("x-content-type", "")
            ):
                raise RefusedError(*reason)
        getattr(self, f"on_{op}")(store)

    def op(self) -> str:
        match self.command, self.parts.path.rstrip("/"):
            case "PUT", "":
                return "copy" if "fromUrl" in self.query else "put"
            case "GET", "":
                return "head" if "url" in self.query else "list"
            case "POST", "/delete":
                return "delete"
            case "POST", "/mpu":
                return f"mpu_{self.headers['x-mpu-action']}"
        raise RefusedError(404, "not_found", "no such route")

    def store(self) -> tuple[str, dict[str, Any] | None]:
        token = self.headers.get("authorization", "").removeprefix("Bearer ")
        for name, (_, known) in STORES.items():
            if hmac.compare_digest(token, known):
                return name, None
            if token.startswith(f"vercel_blob_client_{name}_"):
                return name, self.claims(token.rpartition("_")[2], known)
        raise RefusedError(403, "forbidden", "Access denied, please provide a valid token for this resource.")

    def claims(self, signed: str, token: str) -> dict[str, Any]:
        found = claims_of(signed, token)
        if found is None:
            raise RefusedError(403, "forbidden", "The client token is not signed by this store.")
        return found

    def on_put(self, store: str) -> None:
        self.check_access(store)
        key = self.query["pathname"]
        self.check_new(store, key)
        self.json(self.publish(store, key, self.receive()))

    def check_new(self, store: str, key: str) -> None:
        if (store, key) in blobs and not self.may_overwrite:
            self.drain()
            raise RefusedError(400, "bad_request", "This blob already exists")

    def on_copy(self, store: str) -> None:
        self.check_access(store)
        source = self.find(store, self.query["fromUrl"])
        if self.headers.get("x-if-match", source["wire"]["etag"]) != source["wire"]["etag"]:
            raise RefusedError(412, "precondition_failed")
        self.json(self.publish(store, self.query["pathname"], source["path"]))

    def on_head(self, store: str) -> None:
        found = self.find(store, self.query["url"])
        self.json(
            {**found["wire"], "size": found["size"], "uploadedAt": found["at"], "cacheControl": "public, max-age=60"}
        )

    def on_list(self, store: str) -> None:
        prefix, limit = self.query.get("prefix", ""), min(int(self.query.get("limit", 1000)), PAGE)
        after = base64.urlsafe_b64decode(self.query["cursor"]).decode() if "cursor" in self.query else ""
        with lock:
            keys = sorted(k for s, k in blobs if s == store and k.startswith(prefix) and k > after)
            rows = [blobs[store, key] for key in keys[:limit]]
        listed = [
            {**{n: row["wire"][n] for n in ("url", "downloadUrl", "pathname", "etag")}, "size": row["size"], "uploadedAt": row["at"]}
            for row in rows
        ]  # fmt: skip
        more = len(keys) > limit
        cursor = {"cursor": base64.urlsafe_b64encode(keys[limit - 1].encode()).decode()} if more else {}
        self.json({"blobs": listed, "hasMore": more, **cursor})

    def on_delete(self, store: str) -> None:
        urls = json.loads(self.rfile.read(self.unread))["urls"]
        self.unread = 0
        with lock:
            for url in urls:
                blobs.pop((store, key_of(url)), None)
        self.json({})

    def on_mpu_create(self, store: str) -> None:
        self.check_access(store)
        upload_id = secrets.token_hex(8)
        uploads[upload_id] = {
            "store": store,
            "key": self.query["pathname"],
            "parts": {},
            "is_new": not self.may_overwrite,
        }
        self.json({"uploadId": upload_id, "key": self.query["pathname"]})

    def on_mpu_upload(self, store: str) -> None:
        upload = self.upload(store)
        number = int(self.headers["x-mpu-part-number"])
        path = self.receive()
        upload["parts"][number] = path
        self.json({"etag": f'"{digest(path)}"'})

    def on_mpu_complete(self, store: str) -> None:
        upload = self.upload(store)
        # In any order: @vercel/blob lists parts as they were completed.
        wanted = sorted(json.loads(self.rfile.read(self.unread)), key=lambda part: part["partNumber"])
        self.unread = 0
        paths = [upload["parts"][part["partNumber"]] for part in wanted]
        if any(f'"{digest(path)}"' != part["etag"] for path, part in zip(paths, wanted, strict=True)):
            raise RefusedError(400, "bad_request", "An etag does not fit its part.")
        if any(path.stat().st_size < MIN_PART_BYTES for path in paths[:-1]):
            raise RefusedError(400, "bad_request", "Your proposed upload is smaller than the minimum allowed size")
        if upload["is_new"]:
            self.check_new(store, upload["key"])
        whole = folder / secrets.token_hex(8)
        with whole.open("wb") as out:
            for path in paths:
                out.write(path.read_bytes())
        self.json(self.publish(store, upload["key"], whole))

    def upload(self, store: str) -> dict[str, Any]:
        upload = uploads.get(self.headers["x-mpu-upload-id"])
        if not upload or upload["store"] != store or quote(upload["key"], safe="~()*!.'-") != self.headers["x-mpu-key"]:
            raise RefusedError(404, "not_found", "no such upload")
        return upload

    def check_access(self, store: str) -> None:
        if self.headers.get("x-vercel-blob-access") != STORES[store][0]:
            raise RefusedError(400, "bad_request", f"This store is {STORES[store][0]}.")

    def find(self, store: str, url: str) -> dict[str, Any]:
        with lock:
            found = blobs.get((store, key_of(url)))
        if found is None:
            raise RefusedError(404, "not_found", "The requested blob does not exist")
        return found

    def publish(self, store: str, key: str, path: Path) -> dict[str, Any]:
        if self.fault == "lossy":
            path.write_bytes(path.read_bytes()[:-1])
        host = f"https://{store}.{STORES[store][0]}.blob.vercel-storage.com/{quote(key)}"
        wire = {
            "url": host, "downloadUrl": f"{host}?download=1", "pathname": key,
            "contentType": self.headers.get("x-content-type", "application/octet-stream"),
            "contentDisposition": f'inline; filename="{key.rpartition("/")[2]}"', "etag": f'"{digest(path)}"',
        }  # fmt: skip
        at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        with lock:
            blobs[store, key] = {"wire": wire, "path": path, "size": path.stat().st_size, "at": at}
        return wire

    # Downloads.

    def download(self, host: str) -> None:
        store, access = host.split(".")[:2]
        self.note("read")
        fault = self.fail("read")
        if STORES.get(store, ("",))[0] != access:
            raise RefusedError(404, "store_not_found")
        if access == "private" and self.headers.get("authorization") != f"Bearer {STORES[store][1]}":
            raise RefusedError(403, "forbidden", "Forbidden")
        found = self.find(store, unquote(self.parts.path.lstrip("/")))
        span = span_of(self.headers.get("range", ""), found["size"])
        if fault == "ignore_range":
            span = None
        start, end = span or (0, found["size"])
        if start >= end and span:
            self.send(416, b"", {"Content-Range": f"bytes */{found['size']}"})
            return
        self.send_response(206 if span else 200)
        self.send_header("Content-Length", str(end - start))
        self.send_header("ETag", '"another"' if fault == "other_etag" else found["wire"]["etag"])
        self.send_header("Content-Type", found["wire"]["contentType"])
        if span:
            self.send_header("Content-Range", f"bytes {start}-{end - 1}/{found['size']}")
        self.end_headers()
        self.send_file(found["path"], start, (start + end) // 2 if fault == "partial" else end)
        self.close_connection = fault == "partial"

    def send_file(self, path: Path, start: int, end: int) -> None:
        with path.open("rb") as source:
            source.seek(start)
            while start < end and (piece := source.read(min(CHUNK, end - start))):
                self.wfile.write(piece)
                start += len(piece)

    # Other routes.

    def fail(self, op: str) -> str:
        """Respond with a fault if one is due; returns faults that modify a response instead of replacing it."""
        with lock:
            due = next((f for f in faults if f["op"] in {op, "*"} and take(f)), None)
        match due and due["fault"]:
            case None:
                return ""
            case "500":
                raise RefusedError(500, "internal_server_error")
            case "503":
                raise RefusedError(503, "service_unavailable")
            case "429":
                raise RefusedError(429, "rate_limited", **{"retry-after": str(due.get("seconds", 1))})
            case "suspended":
                raise RefusedError(400, "store_suspended")
            case "garbage":
                self.drain()
                self.send(200, b"<html>", {"Content-Type": "application/json"})
                raise ConnectionAbortedError
            case "cut":
                self.connection.close()
                raise ConnectionAbortedError
            case word:
                return word

    def note(self, op: str) -> None:
        names = (
            "range",
            "x-mpu-part-number",
            "content-length",
            "x-allow-overwrite",
            "x-vercel-blob-access",
            "x-content-type",
        )
        with lock:
            seen.append({
                "op": op, "path": self.path, "at": time.monotonic(), "signed": "authorization" in self.headers,
                **{name: self.headers[name] for name in names if name in self.headers},
            })  # fmt: skip

    def receive(self) -> Path:
        path = folder / secrets.token_hex(8)
        with path.open("wb") as out:
            while self.unread and (piece := self.rfile.read(min(CHUNK, self.unread))):
                out.write(piece)
                self.unread -= len(piece)
        if self.unread:
            raise ConnectionAbortedError  # the sender has disconnected; nothing is published
        return path

    def drain(self) -> None:
        while self.unread and (piece := self.rfile.read(min(CHUNK, self.unread))):
            self.unread -= len(piece)

    def json(self, value: object, status: int = 200, headers: dict[str, str] | None = None) -> None:
        self.send(status, json.dumps(value).encode(), {"Content-Type": "application/json", **(headers or {})})

    def send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        open_to_browsers = {"Access-Control-Allow-Origin": "*"}
        for name, value in {**open_to_browsers, **headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)


def take(fault: dict[str, Any]) -> bool:
    """Consume one occurrence of a fault, if it is due."""
    if fault.get("after", 0) > 0:
        fault["after"] -= 1
        return False
    fault["times"] = fault.get("times", 1) - 1
    return fault["times"] >= 0


def key_of(url: str) -> str:
    """Return the key of a blob given by URL or key."""
    return unquote(urlsplit(url).path.lstrip("/")) if "://" in url else url


def span_of(header: str, size: int) -> tuple[int, int] | None:
    """Read a range of one span."""
    first, _, last = header.removeprefix("bytes=").partition("-")
    if not header:
        return None
    return int(first), min(int(last) + 1 if last else size, size)


def digest(path: Path) -> str:
    with path.open("rb") as source:
        return hashlib.file_digest(source, "md5").hexdigest()


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, *_: object) -> None:
        pass


if __name__ == "__main__":
    PAGE = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    server = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_address[1], flush=True)  # noqa: T201
    sys.stdin.read()
    import shutil

    shutil.rmtree(folder, ignore_errors=True)
