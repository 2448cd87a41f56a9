"""Which option values are refused before any request is sent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import OptionError
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reading.argument_spec import OPTIONS, default
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reading.options import Options, check_options

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
        ("consistency", "loose", "checked, strict"),
        ("ca_path", "/nowhere/ca.pem", "cannot be read"),
        ("client_cert", "/nowhere/cert.pem", "cannot be read"),
    ],
)
def test_value_out_of_range_is_refused_and_the_allowed_values_are_named(option: str, value: Any, allowed: str) -> None:
    error = refused(**{option: value})
    assert error.option == option
    assert str(error).startswith(f"{option}: ")
    assert allowed in str(error)


@pytest.mark.parametrize("size", [1, 250])
def test_limits_themselves_are_allowed(size: int) -> None:
    assert check_options({"api_key": KEY, "page_size": size, "connection_name_contains": "abc"}).page_size == size


def test_client_key_needs_its_certificate(tmp_path: Path) -> None:
    (tmp_path / "key.pem").write_text("")
    assert refused(client_key=str(tmp_path / "key.pem")).option == "client_key"


def test_key_is_not_in_the_representation_of_options() -> None:
    assert KEY not in repr(check_options({"api_key": KEY}))


def test_options_that_are_not_set_have_their_defaults() -> None:
    options = check_options({"api_key": KEY, "timeout": None})
    assert {name: getattr(options, name) for name in Options.__dataclass_fields__} == {
        **{name: default(name) for name in Options.__dataclass_fields__ if name in OPTIONS},
        "api_key": KEY,
        "warnings": (),
    }


@pytest.mark.parametrize(
    ("option", "value"), [("api_url", "https://api.telnyx.com/v2/"), ("query", "[]"), ("page_size", 9)]
)
def test_values_have_exact_types(option: str, value: Any) -> None:
    tagged = type("Tagged", (type(value),), {})(value)
    assert type(getattr(check_options({"api_key": KEY, option: tagged}), option)) is type(value)


def test_warnings_of_the_key_and_of_tls_are_collected(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(KEY)
    (tmp_path / "key").chmod(0o644)
    warnings = check_options({"api_key_file": str(tmp_path / "key"), "validate_certs": False}).warnings
    assert [warning.split(":")[0] for warning in warnings] == ["api_key_file", "validate_certs is false"]


def test_error_about_the_key_has_the_given_hint() -> None:
    with pytest.raises(OptionError) as caught:
        check_options({}, key_hint="Set it somewhere.")
    assert str(caught.value) == "api_key: no API key was given. Set it somewhere."
