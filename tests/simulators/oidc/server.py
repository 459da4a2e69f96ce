"""An OpenID Connect issuer (``oidc-provider-mock``) that checks PKCE and lies on request. Prints its port; ends with its standard input.

``POST /control/lie`` with ``kind``: audience, nonce, expired, issuer, none, key, hmac, subject, no-token, error or hang.
"""

import base64
import hashlib
import hmac
import json
import sys
import threading
from typing import Any
from urllib.parse import parse_qs, urlsplit

import flask
import oidc_provider_mock
from joserfc import jwt
from joserfc.jwk import RSAKey
from werkzeug.serving import make_server

HANG_SECONDS = 30
_app = oidc_provider_mock.app()
_key = RSAKey.generate_key(2048, {"kid": "simulator"})
_foreign = RSAKey.generate_key(2048, {"kid": "simulator"})
_challenges: dict[str, str] = {}
_lie = {"kind": ""}
_seen: list[str] = []


@_app.post("/control/lie")
def lie() -> Any:
    _lie["kind"] = flask.request.get_json()["kind"]
    return "", 204


@_app.get("/control/seen")
def seen() -> Any:
    return flask.jsonify(_seen)


@_app.before_request
def refuse() -> Any:
    _seen.append(f"{flask.request.method} {flask.request.path}")
    if flask.request.path != "/oauth2/token":
        return None
    if _lie["kind"] == "error":
        return "out of order", 502
    if _lie["kind"] == "hang":
        threading.Event().wait(HANG_SECONDS)
    digest = hashlib.sha256(flask.request.form.get("code_verifier", "").encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    if _challenges.pop(flask.request.form["code"], None) != challenge:
        return flask.jsonify(error="invalid_grant"), 400
    return None


@_app.after_request
def rewrite(response: flask.Response) -> flask.Response:
    path = flask.request.path
    if path == "/oauth2/authorize" and response.status_code == 302:
        query = parse_qs(urlsplit(response.headers["location"]).query)
        if "error" in query:  # the library forgets the state
            response.headers["location"] += f"&state={flask.request.args['state']}"
        if "code" in query:
            assert flask.request.args["code_challenge_method"] == "S256"
            _challenges[query["code"][0]] = flask.request.args["code_challenge"]
    if path == "/jwks":
        keys = response.get_json()["keys"] + [_key.as_dict(private=False, kid="simulator")]
        response.set_data(json.dumps({"keys": keys}))
    if path == "/oauth2/token" and response.status_code == 200:
        token = response.get_json()
        if _lie["kind"] == "no-token":
            del token["id_token"]
        else:  # signed again, as the library's tokens do not name their key
            token["id_token"] = _signed(token["id_token"], _lie["kind"])
        response.set_data(json.dumps(token))
    if path == "/userinfo" and _lie["kind"] == "subject":
        response.set_data(json.dumps({"sub": "another", "email": "ada@example.test", "email_verified": True}))
    return response


def _signed(token: str, kind: str) -> str:
    payload = token.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    if kind == "audience":
        claims["aud"] = "another-client"
    elif kind == "nonce":
        claims["nonce"] = "another"
    elif kind == "expired":
        claims |= {"iat": claims["iat"] - 7200, "exp": claims["iat"] - 3600}
    elif kind == "issuer":
        claims["iss"] = "https://another.test"
    elif kind == "subject":
        claims.pop("email", None)
    if kind == "none":
        return _base64(b'{"alg":"none"}') + f".{payload}."
    if kind == "hmac":  # with the public key as the secret
        head = _base64(b'{"alg":"HS256","kid":"simulator"}')
        signed = f"{head}.{payload}"
        return f"{signed}.{_base64(hmac.digest(_key.as_pem(private=False), signed.encode(), 'sha256'))}"
    key = _foreign if kind == "key" else _key
    return jwt.encode({"alg": "RS256", "kid": "simulator"}, claims, key)


def _base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def main() -> None:
    server = make_server("127.0.0.1", 0, _app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    sys.stdin.read()


if __name__ == "__main__":
    main()
