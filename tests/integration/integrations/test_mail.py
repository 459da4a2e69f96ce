import json
import socket
import threading

import pytest

from askchopper.errors import UnavailableError
from askchopper.integrations import mail
from askchopper.settings import environment

LINK = "http://127.0.0.1:3000/reset#token=abc"
MAIL = {"to": "ada@example.test", "subject": "Choose a new password", "body": "Hello Ada,", "link": LINK}


class SmtpServer(threading.Thread):
    """A minimal SMTP server for one mail."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.mails: list[str] = []

    def run(self) -> None:
        connection, _ = self.listener.accept()
        with connection, connection.makefile("rwb") as wire:

            def say(words: str) -> None:
                wire.write(f"{words}\r\n".encode())
                wire.flush()

            say("220 ready")
            while line := wire.readline().decode().strip().upper():
                if line == "DATA":
                    say("354 go on")
                    lines = []
                    while (text := wire.readline().decode()) != ".\r\n":
                        lines.append(text)
                    self.mails.append("".join(lines))
                say("221 bye" if line == "QUIT" else "250 ok")
                if line == "QUIT":
                    return


async def test_mail_is_sent():
    server = SmtpServer()
    server.start()
    with environment(SMTP_HOST="127.0.0.1", SMTP_PORT=str(server.port), SMTP_STARTTLS="false"):
        await mail.send(**MAIL)
    server.join(2)
    [sent] = server.mails
    assert "To: ada@example.test" in sent
    assert LINK in sent


async def test_unreachable_server_is_reported():
    with environment(SMTP_HOST="127.0.0.1", SMTP_PORT="9", SMTP_STARTTLS="false"), pytest.raises(UnavailableError):
        await mail.send(**MAIL)


async def test_link_is_logged_without_server(capfd):
    with environment(SMTP_HOST=""):
        await mail.send(**MAIL)
    line = json.loads(capfd.readouterr().err.strip().splitlines()[-1])
    assert (line["event"], line["link"]) == ("mail.logged", LINK)
    assert "ada@" not in json.dumps(line)
