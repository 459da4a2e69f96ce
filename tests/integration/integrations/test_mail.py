import json

import pytest

from askchopper.errors import UnavailableError
from askchopper.integrations import mail
from askchopper.settings import environment
from tests.support.smtp import smtp_server

LINK = "http://127.0.0.1:3000/reset#token=abc"
MAIL = {"to": "ada@example.test", "subject": "Choose a new password", "body": "Hello Ada,", "link": LINK}


async def test_mail_is_sent():
    with smtp_server() as mails:
        await mail.send(**MAIL)
    [sent] = mails
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
