"""The fingerprints of findings: what they depend on, and that no two findings share one."""

from __future__ import annotations

import itertools
import random
from typing import Any

from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.desired_records import Desired
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.fingerprints import fingerprint
from check_helpers import drift, in_file
from hypothesis import given
from hypothesis import strategies as st

EXAMPLE = "e448784fd345ec67cd941aafeaa5f270"  # the documentation has this example, too
PARTS = st.tuples(
    st.sampled_from(["drift", "policy"]),
    st.text("a:", max_size=2),
    st.one_of(
        st.tuples(st.just("id"), st.text('1",', max_size=2)),
        st.tuples(st.just("name"), st.one_of(st.none(), st.text('1",', max_size=2), st.integers(0, 1), st.booleans())),
    ),
    st.tuples(st.sampled_from(["path", "status", "rule"]), st.text('a"]', max_size=2)),
)


def test_fingerprint_is_the_documented_one() -> None:
    # Other programs rely on it.
    assert fingerprint("drift", None, ("id", "1700000001000000000"), ("path", "inbound.codecs")) == EXAMPLE


@given(PARTS, PARTS)
def test_two_findings_have_different_fingerprints(one: Any, two: Any) -> None:
    # repr, because in Python True == 1, which are different names.
    assert (fingerprint(*one) == fingerprint(*two)) is (repr(one) == repr(two))


def test_a_hundred_thousand_findings_have_different_fingerprints() -> None:
    # Connections with and without an id, and paths and rules that resemble each other.
    words = ["".join(letters) for letters in itertools.product("a.b", repeat=5)]
    connections = [(field, str(number)) for field in ("id", "name") for number in range(11)]
    found = {
        fingerprint(check, account, connection, (kind, word))
        for check, kind in (("drift", "path"), ("drift", "status"), ("policy", "rule"))
        for account in (None, "berlin", "paris", "rome", "b", "bb", "bbb")
        for connection in connections
        for word in words
    }
    assert len(found) == 3 * 7 * 22 * 3**5 > 100_000


def findings(desired: list[Desired], live: list[dict[str, Any]], account: str | None = None) -> set[str]:
    return {each.fingerprint for each in drift(desired, live, account=account).findings}


def test_missing_connections_without_a_name_differ_by_their_user_names() -> None:
    records: list[dict[str, Any]] = [{"user_name": user} for user in ("a", "b")]
    records += [{"user_name": user, "connection_name": "same"} for user in ("c", "d")]
    assert len({each.fingerprint for each in drift(records, [], match_by="user_name").findings}) == 4


def test_fingerprints_do_not_depend_on_order_file_line_or_value() -> None:
    live = [{"id": str(number), "connection_name": f"n{number}", "active": True, "tags": []} for number in range(20)]
    records: list[dict[str, Any]] = [{**record, "active": False, "tags": ["x"]} for record in live[5:]]
    records.append({"connection_name": "gone", "active": True})
    first = findings([in_file(record, "a.yml", line) for line, record in enumerate(records, 1)], live)
    assert len(first) == 2 * 15 + 5 + 1
    shuffled = random.Random(1).sample(records, len(records))
    other = [{**record, "tags": ["y"]} if "tags" in record else record for record in shuffled]
    assert findings([in_file(record, "b.yml", 900 - line) for line, record in enumerate(other)], live[::-1]) == first
    assert findings([Desired(record) for record in records], live, "berlin").isdisjoint(first)
