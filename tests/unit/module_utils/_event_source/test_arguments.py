"""The arguments of the event source."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import OptionError
from ansible_collections.siptrunk.telnyx.plugins.module_utils._event_source.arguments import parse_arguments


def refused(environ: dict[str, str] | None = None, **args: Any) -> str:
    with pytest.raises(OptionError) as caught:
        parse_arguments(args, environ or {}).options()
    return str(caught.value)


def test_defaults() -> None:
    found = parse_arguments({"api_key": "KEY1", "timeout": None}, {})
    assert (found.interval, found.jitter, found.state_file) == (300.0, 0.1, None)
    assert (found.initial_events, found.include_values, found.account_label) == (False, False, None)
    options = found.options()
    assert (options.api_key, options.timeout, options.page_size, options.include_passwords) == (
        "KEY1",
        30.0,
        250,
        False,
    )


def test_text_of_templates_and_of_the_environment_is_converted() -> None:
    args = {
        "api_key": "KEY1",
        "interval": "60",
        "retries": "2",
        "validate_certs": "No",
        "initial_events": "yes",
        "ignore": "updated_at",
        "outbound_voice_profile_id": 1293384261075731499,
        "state_file": "~/state",
    }
    found = parse_arguments(args, {"TELNYX_BASE_URL": "http://127.0.0.1:1/v2"})
    options = found.options()
    assert (found.interval, found.initial_events, found.state_file) == (60.0, True, str(Path("~/state").expanduser()))
    assert ("updated_at",) in found.ignored
    assert (options.retries, options.validate_certs, options.api_url) == (2, False, "http://127.0.0.1:1/v2")
    assert options.outbound_voice_profile_id == "1293384261075731499"


def test_patterns_with_character_sets_are_accepted() -> None:
    ignored = parse_arguments({"ignore": ["inbound.[ct]*", "x[]]", "y[!a-c]z"]}, {}).ignored
    assert [path in ignored for path in (("inbound", "codecs"), ("inbound", "x"), ("x]",), ("ydz",), ("yaz",))] == [
        True,
        False,
        True,
        True,
        False,
    ]


def test_account_label_of_digits_is_text_also_if_ansible_rulebook_made_a_number_of_it() -> None:
    assert parse_arguments({"account_label": 4711}, {}).account_label == "4711"


def test_an_argument_takes_precedence_over_the_environment(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("KEY2\n")
    environ = {"TELNYX_API_KEY": "KEY1", "TELNYX_SNAPSHOT_FILE": "snapshot.jsonl"}  # of other runs
    assert parse_arguments({}, environ).options().api_key == "KEY1"
    assert parse_arguments({"api_key_file": str(file)}, environ).options().api_key == "KEY2"


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ({"intervall": 5}, "arguments: 'intervall' is not one of this event source. Did you mean interval?"),
        ({"query": "[0]"}, "arguments: 'query' is not one of this event source. The arguments are api_key, "),
        ({"api_key:secret value": None}, "arguments: (not shown: it may contain a secret) is not one"),
        ({"interval": 0.5}, "interval: must be from 1 to 604800 seconds."),
        ({"interval": "soon"}, "interval: must be a number, not 'soon'."),
        ({"interval": float("nan")}, "interval: must be a number, not nan."),
        ({"interval": True}, "interval: must be a number, not True."),
        ({"interval": 10**400}, "interval: must be a number, not 1000000"),
        ({"jitter": 1.5}, "jitter: must be from 0 to 1"),
        ({"retries": 1.5}, "retries: must be an integer, not 1.5."),
        ({"initial_events": "maybe"}, "initial_events: must be true or false, not 'maybe'."),
        ({"state_file": ["x"]}, "state_file: must be a path, not ['x']."),
        ({"state_file": ""}, "state_file: the path is empty."),
        ({"ignore": [{"a": 1}]}, "ignore: must be a list of texts, not [{'a': 1}]."),
        ({"ignore": ["updated_at", 5]}, "ignore: must be a list of texts, not ['updated_at', 5]."),
        ({"ignore": 5}, "ignore: must be a list of texts, not 5."),
        ({"ignore": {"updated_at": None}}, "ignore: must be a list of texts, not {'updated_at': None}."),
        ({"ignore": ["*.x", "inbound.codec["]}, "ignore: 'inbound.codec[' has a bracket that is not closed"),
        ({"ignore": ["a[.]b"]}, "ignore: 'a[.]b' has a bracket that is not closed"),
        ({"account_label": ["x"]}, "account_label: must be text, not ['x']."),
        ({"account_label": True}, "account_label: must be text, not True."),
        ({"account_label": 1.5}, "account_label: must be text, not 1.5."),
        ({"ignore": ["a..b"]}, "ignore: 'a..b' is not a path"),
        ({"api_key": ["KEY_SECRET"]}, "api_key: must be text."),
        ({"page_size": 300}, "page_size: must be from 1 to 250, not 300."),
        ({"consistency": "none"}, "consistency: must be one of checked, strict."),
        ({"api_key_file": "/nowhere", "api_key": "KEY1"}, "api_key: is set, and so is api_key_file."),
    ],
)  # fmt: skip
def test_wrong_arguments_are_refused(args: dict[str, Any], message: str) -> None:
    found = refused({"TELNYX_API_KEY": "KEY1"}, **args)
    assert found.startswith(message)
    assert "SECRET" not in found


def test_a_missing_key_is_refused() -> None:
    assert refused().startswith("api_key: no API key was given. Set the option api_key or api_key_file")
