"""Where the API key comes from, and which keys are refused."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import OptionError
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reading.api_key import key_digest, read_api_key
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reading.plugin_options import KEY_HINT
from hypothesis import given
from hypothesis import strategies as st

KEY = "KEY0123456789ABCDEF_secret"


@pytest.mark.parametrize("hint", [KEY_HINT, "Set it somewhere."])
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
def test_unusable_key_is_refused_with_the_hint(values: dict[str, str], what: str, hint: str) -> None:
    with pytest.raises(OptionError) as caught:
        read_api_key(values, hint=hint)
    assert what in str(caught.value)
    assert str(caught.value).endswith(hint)


@given(st.text(min_size=12).filter(lambda key: not key.isascii() or not key.isprintable() or " " in key))
def test_refused_key_is_not_in_the_message(key: str) -> None:
    with pytest.raises(OptionError) as caught:
        read_api_key({"api_key": key})
    assert key not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "key"),
    [(b"KEY1", "KEY1"), (b"KEY1\n", "KEY1"), (b"KEY1\r\n", "KEY1"), (b"KEY1\n\n", None), (b"\n", None)],
)
def test_one_line_break_at_the_end_of_a_key_file_is_ignored(tmp_path: Path, content: bytes, key: str | None) -> None:
    file = tmp_path / "key"
    file.write_bytes(content)
    file.chmod(0o600)
    if key is None:
        with pytest.raises(OptionError):
            read_api_key({"api_key_file": str(file)})
    else:
        assert read_api_key({"api_key_file": str(file)}) == (key, [])


@pytest.mark.parametrize("content", [b"KEY" * 5000, b"\xff\xfe", "KEYé".encode()])
def test_file_that_is_not_a_key_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "key").write_bytes(content)
    with pytest.raises(OptionError, match="not an API key"):
        read_api_key({"api_key_file": str(tmp_path / "key")})


@pytest.mark.parametrize(
    ("mode", "warned"), [(0o600, False), (0o640, False), (0o644, True), (0o602, True), (0o400, False)]
)
def test_key_file_that_every_user_can_access_causes_a_warning(tmp_path: Path, mode: int, warned: bool) -> None:
    file = tmp_path / "key"
    file.write_text("KEY1")
    file.chmod(mode)
    _key, warnings = read_api_key({"api_key_file": str(file)})
    assert [f"{mode:04o}" in warning for warning in warnings] == ([True] if warned else [])


@pytest.mark.parametrize(
    ("direct", "key"),
    [(("api_key",), "KEY_A"), (("api_key_file",), "KEY_F"), ((), None), (("api_key", "api_key_file"), None)],
)
def test_of_two_keys_the_direct_one_takes_precedence(tmp_path: Path, direct: tuple[str, ...], key: str | None) -> None:
    file = tmp_path / "key"
    file.write_text("KEY_F")
    values = {"api_key": "KEY_A", "api_key_file": str(file)}
    if key is None:
        with pytest.raises(OptionError, match="Set only one of them"):
            read_api_key(values, direct)
    else:
        assert read_api_key(values, direct)[0] == key


@pytest.mark.parametrize("option", ["api_key", "api_key_file"])
@pytest.mark.parametrize("value", [[KEY], {"x": KEY}, (KEY,), 5, True, b"KEY"])
def test_key_that_is_not_text_is_refused_and_not_shown(option: str, value: Any) -> None:
    with pytest.raises(OptionError, match=f"^{option}: must be text") as caught:
        read_api_key({option: value})
    assert "KEY012" not in str(caught.value)


@pytest.mark.parametrize("key", [KEY, KEY.lower(), "0123456789abcdef0123456789abcdef", "KEY0123456789"])
@pytest.mark.parametrize("folder", ["", "./", "/some/where/"])
def test_key_instead_of_a_path_is_not_shown(key: str, folder: str) -> None:
    with pytest.raises(OptionError, match="looks like an API key") as caught:
        read_api_key({"api_key_file": folder + key})
    assert key not in str(caught.value)


@pytest.mark.parametrize("path", ["/run/secrets/telnyx_api_key", "~nobody-x/key", "key.txt", "/KEYS/k", "a\x00b"])
def test_path_that_does_not_look_like_a_key_is_shown(path: str) -> None:
    with pytest.raises(OptionError, match="cannot be read") as caught:
        read_api_key({"api_key_file": path})
    assert repr(path) in str(caught.value)


def test_digest_tells_keys_apart_and_does_not_contain_them() -> None:
    digest = key_digest("KEY_ONE")
    assert digest == key_digest("KEY_ONE") != key_digest("KEY_TWO")
    assert re.fullmatch("[0-9a-f]{16}", digest)
