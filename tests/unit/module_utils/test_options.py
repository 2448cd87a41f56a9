"""What is refused before any request, and where the API key comes from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import OptionError
from ansible_collections.siptrunk.telnyx.plugins.module_utils._options import (
    WAYS_TO_GIVE_A_KEY,
    check_api_url,
    check_options,
)
from hypothesis import given
from hypothesis import strategies as st

KEY = "KEY0123456789ABCDEF_secret"


def refused(**values: Any) -> OptionError:
    with pytest.raises(OptionError) as caught:
        check_options({"api_key": KEY, **values})
    assert KEY not in str(caught.value)
    assert KEY not in str(caught.value.as_dict())
    return caught.value


@pytest.mark.parametrize(
    ("option", "value", "allowed"),
    [
        ("connection_name_contains", "ab", "3 characters or more"),
        ("connection_name_contains", "", "3 characters or more"),
        ("page_size", 0, "from 1 to 250"),
        ("page_size", 251, "from 1 to 250"),
        ("page_size", -1, "from 1 to 250"),
        ("page_number", 0, "1 or more"),
        ("page_number", -3, "1 or more"),
        ("sort", "name", "created_at, -created_at, connection_name, -connection_name, active, -active"),
        ("sort", "", "created_at"),
        ("outbound_voice_profile_id", "12a", "digits"),
        ("outbound_voice_profile_id", "", "digits"),
        ("outbound_voice_profile_id", "-1", "digits"),
        ("outbound_voice_profile_id", "١٢", "digits"),
        ("outbound_voice_profile_id", "1" * 20, "1 to 19 digits"),
        ("outbound_voice_profile_id", "12\n", "digits"),
        ("timeout", 0.0, "greater than 0"),
        ("timeout", float("nan"), "greater than 0"),
        ("deadline", float("inf"), "greater than 0"),
        ("deadline", -1.0, "greater than 0"),
        ("retries", -1, "0 or more"),
        ("concurrency", 0, "from 1 to 64"),
        ("concurrency", 65, "from 1 to 64"),
        ("consistency", "loose", "checked or strict"),
        ("ca_path", "/nowhere/ca.pem", "cannot be read"),
        ("client_cert", "/nowhere/cert.pem", "cannot be read"),
    ],
)
def test_a_value_out_of_bounds_is_refused_and_the_allowed_ones_are_named(option: str, value: Any, allowed: str) -> None:
    error = refused(**{option: value})
    assert error.option == option
    assert str(error).startswith(f"{option}: ")
    assert allowed in str(error)


@pytest.mark.parametrize("size", [1, 250])
def test_the_bounds_themselves_are_allowed(size: int) -> None:
    assert check_options({"api_key": KEY, "page_size": size, "connection_name_contains": "abc"}).page_size == size


def test_a_client_key_needs_its_certificate(tmp_path: Path) -> None:
    (tmp_path / "key.pem").write_text("")
    assert refused(client_key=str(tmp_path / "key.pem")).option == "client_key"


@pytest.mark.parametrize(
    "url",
    [
        "https://api.telnyx.com/v2",
        "https://api.telnyx.com/v2/",
        "http://127.0.0.1:8080/v2",
        "http://127.1.2.3",
        "http://[::1]:8080/v2",
        "http://localhost/v2",
        "HTTPS://API.TELNYX.COM/v2",
    ],
)
def test_a_good_url_loses_at_most_its_slash(url: str) -> None:
    assert check_api_url(url) == url.rstrip("/")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "api.telnyx.com/v2",
        "ftp://api.telnyx.com",
        "http://api.telnyx.com/v2",
        "http://127.0.0.1.evil.example/v2",
        "http://127.0.0.1@evil.example/v2",
        "http://127.0.0.1\\@evil.example/v2",
        "http://evil.example#@127.0.0.1",
        "http://0x7f.1/",
        "http://0.0.0.0/",
        "http://[::2]/",
        "http://[::1",
        "http://localhost.evil.example",
        "https://user:pass@api.telnyx.com/v2",
        "https://api.telnyx.com/v2?x=1",
        "https://api.telnyx.com/v2#x",
        "https://api.telnyx.com/v 2",
        "https://api.telnyx.com\n.evil.example/v2",
        "https://api.telnyx.com:0/v2",
        "https://api.telnyx.com:70000/v2",
        "https://api.telnyx.com:x/v2",
        "https:///v2",
        "https://[1.2.3.4]/v2",
        "https://[::::]/v2",
        "https://[12345::]/v2",
        "https://аpi.telnyx.com/v2",
    ],
)
def test_a_url_that_could_lead_the_key_elsewhere_is_refused(url: str) -> None:
    with pytest.raises(OptionError, match=r"^api_url: "):
        check_api_url(url)


@pytest.mark.parametrize(
    ("values", "what"),
    [
        ({}, "no API key was given"),
        ({"api_key": ""}, "the API key is empty"),
        ({"api_key": "  "}, "the API key is empty"),
        ({"api_key": "KEY\n"}, "a line break"),
        ({"api_key": "KEY\r\nX-Evil: 1"}, "a line break"),
        ({"api_key": "KEY with space"}, "a space"),
        ({"api_key": "KEYé"}, "outside printable ASCII"),
        ({"api_key_file": "/nowhere/key"}, "cannot be read: No such file"),
        ({"api_key_file": "/"}, "cannot be read"),
        ({"api_key_file": ""}, "the path is empty"),
    ],
)
def test_a_key_that_cannot_be_used_is_refused_with_all_ways_to_give_one(values: dict[str, str], what: str) -> None:
    with pytest.raises(OptionError) as caught:
        check_options(values)
    assert what in str(caught.value)
    for way in ("api_key", "TELNYX_API_KEY", "telnyx_api_key", "TELNYX_API_KEY_FILE"):
        assert way in str(caught.value)
    assert WAYS_TO_GIVE_A_KEY in str(caught.value)


@given(st.text(min_size=12).filter(lambda key: not key.isascii() or not key.isprintable() or " " in key))
def test_a_refused_key_is_never_shown(key: str) -> None:
    with pytest.raises(OptionError) as caught:
        check_options({"api_key": key})
    assert key not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "key"),
    [(b"KEY1", "KEY1"), (b"KEY1\n", "KEY1"), (b"KEY1\r\n", "KEY1"), (b"KEY1\n\n", None), (b"\n", None)],
)
def test_one_line_break_ends_a_key_file(tmp_path: Path, content: bytes, key: str | None) -> None:
    file = tmp_path / "key"
    file.write_bytes(content)
    file.chmod(0o600)
    if key is None:
        with pytest.raises(OptionError):
            check_options({"api_key_file": str(file)})
    else:
        options = check_options({"api_key_file": str(file)})
        assert (options.api_key, options.warnings) == (key, ())


@pytest.mark.parametrize("content", [b"KEY" * 5000, b"\xff\xfe", "KEYé".encode()])
def test_a_file_that_is_no_key_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "key").write_bytes(content)
    with pytest.raises(OptionError, match="not an API key"):
        check_options({"api_key_file": str(tmp_path / "key")})


@pytest.mark.parametrize(
    ("mode", "warned"), [(0o600, False), (0o640, False), (0o644, True), (0o602, True), (0o400, False)]
)
def test_a_key_file_that_everyone_can_reach_is_warned_about(tmp_path: Path, mode: int, warned: bool) -> None:
    file = tmp_path / "key"
    file.write_text("KEY1")
    file.chmod(mode)
    warnings = check_options({"api_key_file": str(file)}).warnings
    assert [f"{mode:04o}" in warning for warning in warnings] == ([True] if warned else [])


@pytest.mark.parametrize(
    ("direct", "key"),
    [(("api_key",), "KEY_A"), (("api_key_file",), "KEY_F"), ((), None), (("api_key", "api_key_file"), None)],
)
def test_of_two_keys_the_one_given_at_the_call_wins(tmp_path: Path, direct: tuple[str, ...], key: str | None) -> None:
    file = tmp_path / "key"
    file.write_text("KEY_F")
    values = {"api_key": "KEY_A", "api_key_file": str(file)}
    if key is None:
        with pytest.raises(OptionError, match="Set only one of them"):
            check_options(values, direct)
    else:
        assert check_options(values, direct).api_key == key


@pytest.mark.parametrize("option", ["api_key", "api_key_file"])
@pytest.mark.parametrize("value", [[KEY], {"x": KEY}, (KEY,), 5, True, b"KEY"])
def test_a_key_that_is_not_text_is_refused_and_not_shown(option: str, value: Any) -> None:
    with pytest.raises(OptionError, match=f"^{option}: must be text") as caught:
        check_options({option: value})
    assert "KEY012" not in str(caught.value)


@pytest.mark.parametrize("key", [KEY, KEY.lower(), "0123456789abcdef0123456789abcdef", "KEY0123456789"])
@pytest.mark.parametrize("folder", ["", "./", "/some/where/"])
def test_a_key_in_the_place_of_its_file_s_path_is_not_shown(key: str, folder: str) -> None:
    with pytest.raises(OptionError, match="looks like a key") as caught:
        check_options({"api_key_file": folder + key})
    assert key not in str(caught.value)


@pytest.mark.parametrize("path", ["/run/secrets/telnyx_api_key", "~nobody-x/key", "key.txt", "/KEYS/k", "a\x00b"])
def test_another_path_is_shown(path: str) -> None:
    with pytest.raises(OptionError, match="cannot be read") as caught:
        check_options({"api_key_file": path})
    assert repr(path) in str(caught.value)


def test_the_key_is_not_in_what_options_print() -> None:
    assert KEY not in repr(check_options({"api_key": KEY}))
