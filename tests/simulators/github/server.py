"""GitHub's sign-in and the two calls of its API that tell who signed in. Prints its port; ends with its standard input.

Like GitHub, it reports errors of the token endpoint with status 200 and separates scopes by commas. ``POST /control/set`` sets the
person who consents, and faults.
"""

import base64
import hashlib
import secrets
import sys
import threading
from typing import Any
from urllib.parse import urlencode

import flask
from werkzeug.serving import make_server

_app = flask.Flask(__name__)
_codes: dict[str, str] = {}
_tokens: set[str] = set()
_state: dict[str, Any] = {}
_START = {"id": 583231, "login": "octo", "name": "Octo Cat", "emails": [], "fault": ""}


@_app.post("/control/set")
def change() -> Any:
    _state.clear()
    _state.update({**_START, **flask.request.get_json()})
    return "", 204


@_app.get("/login/oauth/authorize")
def authorize() -> Any:
    asked = flask.request.args
    assert asked["code_challenge_method"] == "S256"
    if _state["fault"] == "denied":
        answer = {"error": "access_denied", "error_description": "The user has denied your application access."}
    else:
        answer = {"code": secrets.token_hex(10)}
        _codes[answer["code"]] = asked["code_challenge"]
    return flask.redirect(f"{asked['redirect_uri']}?{urlencode({**answer, 'state': asked['state']})}")


@_app.post("/login/oauth/access_token")
def exchange() -> Any:
    form = flask.request.form
    if _state["fault"] == "token":
        return "unicorn", 503
    if (form.get("client_id"), form.get("client_secret")) != ("github-client", "github-secret"):
        return flask.jsonify(error="incorrect_client_credentials")
    challenge = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).rstrip(b"=").decode()
    if _codes.pop(form["code"], None) != challenge:
        return flask.jsonify(
            error="bad_verification_code", error_description="The code passed is incorrect or expired."
        )
    token = f"gho_{secrets.token_hex(18)}"
    _tokens.add(token)
    return flask.jsonify(access_token=token, token_type="bearer", scope="read:user,user:email")


@_app.get("/user")
def user() -> Any:
    return _known() or flask.jsonify({key: _state[key] for key in ("id", "login", "name")})


@_app.get("/user/emails")
def emails() -> Any:
    return _known() or flask.jsonify(_state["emails"])


def _known() -> Any:
    token = flask.request.headers.get("Authorization", "").partition(" ")[2]
    return None if token in _tokens else (flask.jsonify(message="Bad credentials"), 401)


def main() -> None:
    _state.update(_START)
    server = make_server("127.0.0.1", 0, _app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    sys.stdin.read()


if __name__ == "__main__":
    main()
