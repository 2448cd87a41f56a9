"""Similar names, without a comparison of all pairs."""

from __future__ import annotations

import pytest
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.findings import Connection
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.similar_names import SIMILAR_MAX, SimilarNames
from hypothesis import given
from hypothesis import strategies as st

NAMES = st.text("abcdefgh", min_size=5, max_size=12)


@given(NAMES, st.data())
def test_one_different_character_is_similar(name: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(name) - 2))
    changed = data.draw(
        st.sampled_from(
            [
                name[:place] + name[place + 1 :],
                name[:place] + "x" + name[place:],
                name[:place] + "x" + name[place + 1 :],
                name[:place] + name[place + 1] + name[place] + name[place + 2 :],
            ]
        )
    )
    other = Connection("1", changed)
    assert SimilarNames([other]).of(Connection(None, name)) == (other,)


@pytest.mark.parametrize(
    ("one", "other"),
    [("abc", "abd"), ("Berlin", "Boston"), (None, None), ("", "x"), (3, "4"), ("trunk 00020", "trunk 00030")],
)
def test_other_names_are_not_similar(one: object, other: object) -> None:
    assert SimilarNames([Connection("1", other)]).of(Connection(None, one)) == ()


def test_only_the_same_user_name_is_similar() -> None:
    live = Connection("1", "London Softphones", "london00030")
    assert SimilarNames([live]).of(Connection(None, "Front Desk", "london00020")) == ()
    assert SimilarNames([live]).of(Connection(None, "Front Desk", "London00030")) == (live,)


def test_the_most_similar_come_first_and_are_few() -> None:
    near = [Connection(str(place), f"Berlin PBX {place}") for place in range(9)]
    same = Connection("x", "berlin pbx 3")
    names = SimilarNames([*near, same])
    assert names.of(Connection(None, "Berlin PBX 3")) == (near[3], same)
    assert (
        len(SimilarNames([Connection(str(i), "berlin") for i in range(9)]).of(Connection(None, "Berlin")))
        == SIMILAR_MAX
    )
