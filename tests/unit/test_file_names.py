import pytest

from askchopper.api.files import disposition
from askchopper.services.purchases.downloads import safe_name


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("kick_01.wav", "kick_01.wav"),
        ("Größe Übergang.wav", "Groesse Uebergang.wav"),
        ("Łódź ørn æon.wav", "Lodz oern aeon.wav"),
        ("C♯ bell.wav", "C# bell.wav"),
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


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("Größe/Łódź.wav", "Größe_Łódź.wav"),
        ("キック 01.wav", "キック 01.wav"),
        ("evil\u202etxt.wav", "eviltxt.wav"),
        ("a:b*c?.wav", "a_b_c.wav"),
        ("CON.wav", "fallback.wav"),
        ("..", "fallback.wav"),
    ],
)
def test_readable_names_keep_letters_of_all_scripts(name: str, safe: str):
    assert safe_name(name, fallback="fallback.wav", is_ascii=False) == safe


def test_readable_names_fit_into_255_bytes():
    assert len(safe_name("京" * 300 + ".wav", fallback="x", is_ascii=False).encode()) < 255


def test_content_disposition_has_both_spellings():
    header = disposition("Größe.wav")
    assert header == "attachment; filename=\"Groesse.wav\"; filename*=UTF-8''Gr%C3%B6%C3%9Fe.wav"
    assert 'filename="___.wav"' in disposition("東京都.wav")
