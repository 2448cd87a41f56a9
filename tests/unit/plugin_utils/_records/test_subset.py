# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Subsets of an account."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import AmbiguousError, OptionError
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._records.subset import select_subset, subset_text

RECORDS: list[dict[str, Any]] = [
    {"id": "1", "connection_name": "Berlin 1", "tags": ["hq"], "user_name": "u1"},
    {"id": "2", "connection_name": "Berlin, 2", "tags": None, "user_name": "u2"},
    {"id": "3", "connection_name": "Paris", "tags": ["hq", "fr"], "user_name": "u3"},
    {"id": "4", "connection_name": "Paris", "user_name": None},
]


@pytest.mark.parametrize(
    ("subset", "ids"),
    [
        ({"names": ["Berlin*"]}, "12"),
        ({"names": "Berlin, 2"}, "2"),
        ({"tags": ["hq"]}, "13"),
        ({"terms": ["u3", 1]}, "13"),
        ({"names": ["Berlin 1"], "tags": ["fr"], "terms": ["4"]}, "134"),
        ({"names": ["*"], "tags": [], "terms": None}, "1234"),
    ],
    ids=str,
)
def test_connection_is_selected_by_any_item(subset: Any, ids: str) -> None:
    assert [each["id"] for each in select_subset(RECORDS, subset)] == list(ids)


@pytest.mark.parametrize(
    ("subset", "message"),
    [
        ({}, "the subset is empty"),
        ({"names": [], "tags": None}, "the subset is empty"),
        ("Berlin*", "must be a mapping with names, tags, terms"),
        ({"name": ["x"]}, "unknown key 'name'. Did you mean names?"),
        ({"tags": [{}]}, "tags has an item that is not text"),
        ({"names": ["berlin*"]}, "no connection of the account matches 'berlin*' in names"),
        ({"names": ["Berlin*"], "tags": ["hqq"]}, "matches 'hqq' in tags"),
        ({"terms": ["Rome"]}, "matches 'Rome' in terms"),
    ],
    ids=str,
)
def test_empty_or_misspelt_subset_is_an_error(subset: Any, message: str) -> None:
    with pytest.raises(OptionError) as caught:
        select_subset(RECORDS, subset, "drift_check_connections")
    assert message in str(caught.value)
    assert str(caught.value).startswith("drift_check_connections: ")


def test_term_of_several_connections_is_ambiguous() -> None:
    with pytest.raises(AmbiguousError):
        select_subset(RECORDS, {"terms": ["Paris"]})


def test_equal_subsets_have_one_text() -> None:
    assert (
        subset_text({"tags": ["b", "a"], "names": []})
        == subset_text({"tags": ("a", "b", "a")})
        == '{"tags": ["a", "b"]}'
    )
