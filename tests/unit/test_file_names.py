import pytest

from askchopper.api.files import disposition
from askchopper.services.purchases.downloads import safe_name


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("kick_01.wav", "kick_01.wav"),
        ("Café Nuit #2.wav", "Cafe Nuit #2.wav"),
        ("../../etc/passwd", "etc_passwd"),
        ("a/b\\c:d.wav", "a_b_c_d.wav"),
        ("evil\u202etxt.wav", "eviltxt.wav"),
        ('x"; filename="y.wav', "x_ filename_y.wav"),
        ("line\nbreak.wav", "line_break.wav"),
        ("CON.wav", "fallback.wav"),
        ("東京", "fallback.wav"),
        ("", "fallback.wav"),
        (".wav", "fallback.wav"),
        ("x" * 300 + ".wav", "x" * 94 + ".wav"),
    ],
)
def test_file_names_are_portable(name: str, safe: str):
    assert safe_name(name, fallback="fallback.wav") == safe


def test_content_disposition_is_one_header():
    header = disposition('a"b\r\nSet-Cookie: x=1 é.wav')
    assert "\r" not in header
    assert "\n" not in header
    assert header.count('"') == 2
    assert "filename*=UTF-8''a%22b" in header
