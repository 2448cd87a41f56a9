"""What is new and resolved since the previous complete report."""

from __future__ import annotations

from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.findings import Connection, Finding
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.since import Previous, since
from hypothesis import given
from hypothesis import strategies as st

NOW, BEFORE, LONG_AGO = "2026-11-25T04:00:00Z", "2026-11-24T04:00:00Z", "2026-11-01T04:00:00Z"


def made(names: str, first_seen: str | None = None) -> list[Finding]:
    return [
        Finding("policy", Connection(name), name, "m", "r", severity="low", first_seen=first_seen) for name in names
    ]


def test_everything_is_new_without_a_previous_report() -> None:
    found, accepted, resolved = since(made("ab"), made("c"), None, NOW)
    assert [(each.fingerprint, each.is_new, each.first_seen) for each in (*found, *accepted)] == [
        ("a", True, NOW),
        ("b", True, NOW),
        ("c", None, NOW),
    ]
    assert resolved == []


names = st.text("abcdef", max_size=6).map(set).map(sorted).map("".join)


@given(names, names, names, names)
def test_new_resolved_and_first_seen_are_sets_of_fingerprints(now: str, ok: str, before: str, ok_before: str) -> None:
    ok, ok_before = ("".join(sorted(set(part) - set(other))) for part, other in ((ok, now), (ok_before, before)))
    previous = Previous(BEFORE, made(before, LONG_AGO), made(ok_before, LONG_AGO))
    found, accepted, resolved = since(made(now), made(ok), previous, NOW)
    assert {each.fingerprint for each in found if each.is_new} == set(now) - set(before)
    # What is accepted now is not resolved, and what was accepted is new again when its acceptance has expired.
    assert {each.fingerprint for each in resolved} == set(before) - set(now) - set(ok)
    known = set(before) | set(ok_before)
    for each in (*found, *accepted):
        assert each.first_seen == (LONG_AGO if each.fingerprint in known else NOW)
