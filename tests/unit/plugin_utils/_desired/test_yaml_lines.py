"""Records that are read line by line: the same as PyYAML reads, with libyaml and without it."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
from ansible.parsing.vault import VaultLib
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._desired import yaml_reader
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._desired.errors import ParseError
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._desired.yaml_lines import split_records
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._desired.yaml_reader import yaml_records
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._desired.yaml_writer import dump
from hypothesis import given
from hypothesis import strategies as st

VAULT = VaultLib()

# Lines that are simple, lines that are not, and lines that change what the lines beside them mean.
_LINES = """\
---
...
- id: x
- connection_name: 2.10
- y"
- - a
-
# a comment
    # another one
  active: yes
  active: True
  user_name: NO
  user_name: 2.10
  tags:
  tags: []
  - no
  - 1
    - x
      - y
  inbound:
    codecs:
    - G722
    channel_limit: 10
    localization: NO
    more:
  inbound: {codecs: [no]}
  outbound:
   three: 1
  a: 'it''s'
  b: "a\\n\\"b"
  c: !unsafe '{{ x }}'
  d: [1, 2]
  e: {}
  f: |
  g: |+
    text
  h: 'a
    b'
  i: "open
  j: &a 1
  k: *a
  <<: *a
  l: a: b
  m: a # c
  m: a#c
  n: +1555
  o: 0123
  p: 2020-01-01
  q: ~
  q:
  null: 1
  yes: 2
  r: a:b
  s: http://x.y/z?a=1
  t: \u00e9
  u: \u65e5\u672c
  v: .5
  v: 1.5
  v: 1.5e+3
  w: 1_000
  x: 0x1F
  y: a\x20
  z: '
  za: !vault x
  zb: !!str 1
  zc: x\ty
  zd: x\u2028y
  ze: 'x\u2028  y'
  zf: ''
  zg: 99999999999999999999
  zh: 1.0e+999
  zi: x\r"""
LINES = _LINES.split("\n")


def outcome(text: str, read: Any = yaml_records) -> str:
    try:
        return repr(read(text, VAULT))
    except ParseError as exc:
        return f"{exc}, line {exc.line}"


def by_pyyaml(text: str) -> str:
    return outcome(text, yaml_reader._records)


@given(st.lists(st.lists(st.sampled_from(LINES), max_size=7), max_size=3), st.booleans())
def test_records_are_as_pyyaml_reads_them(records: list[list[str]], simple_ones: bool) -> None:
    text = "\n".join(line for record in records for line in ("- id: x", *record))
    text += "".join(f"\n- id: '{place}'" for place in range(40 if simple_ones else 0))
    assert outcome(text) == by_pyyaml(text)


@given(st.lists(st.sampled_from(LINES), max_size=9))
def test_other_texts_are_as_pyyaml_reads_them(lines: list[str]) -> None:
    text = "\n".join(lines)
    assert outcome(text) == by_pyyaml(text)


def fields(text: str) -> list[Any]:
    return [chunk.fields for chunk in split_records(text) or ()]


def test_a_baseline_is_simple_whatever_its_texts_are() -> None:
    names = [
        "a",
        "it's",
        "yes",
        "2.10",
        "",
        "{{ x }}",
        "a: b",
        "# a",
        "\u202e",
        "\n",
        "\u65e5\u672c",
        "- a",
        "&a",
        "null",
        "~",
    ]
    records = [
        {"connection_name": name, "id": "1", "inbound": {"codecs": [name], "x": {}}, "n": None} for name in names
    ]
    text = dump(records)
    assert None not in fields(text)
    assert [record for record, _line in yaml_records(text, VAULT)] == records


def test_a_record_that_is_not_simple_is_read_by_itself() -> None:
    text = "- id: a\n  f: |\n    text\n" + "".join(f"- id: b{place}\n" for place in range(20))
    assert fields(text) == [None, *({"id": f"b{place}"} for place in range(20))]
    records = yaml_records(text, VAULT)
    assert records[:2] == [({"id": "a", "f": "text\n"}, 1), ({"id": "b0"}, 4)]


@pytest.mark.parametrize("text", ["id: a\n", "[]", "- id: a\n...\n- id: b\n", "---\n---\n- id: a\n", "- id: a\r\n"])
def test_other_texts_are_not_split(text: str) -> None:
    assert split_records(text) is None


WITHOUT_LIBYAML = """
import json, sys
sys.modules["yaml._yaml"] = None
import yaml
assert not yaml.__with_libyaml__
from ansible.parsing.vault import VaultLib
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._desired.errors import ParseError
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._desired.yaml_reader import yaml_records
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._desired.yaml_writer import dump
out = []
for text in json.load(sys.stdin):
    try:
        records = yaml_records(text, VaultLib())
        out.append([repr(records), dump([record for record, _line in records])])
    except ParseError as exc:
        out.append([exc.line])
json.dump(out, sys.stdout)
"""


def test_results_are_the_same_without_libyaml() -> None:
    # libyaml and PyYAML differ about tabs and Unicode's line separators.
    texts = [f"- id: x\n  before: 1\n{line}\n" for line in LINES if not line.startswith(("  zc:", "  zd:", "  ze:"))]
    texts += ["- &a {id: x, tags: [no, 1]}\n- {<<: *a, id: y}\n", "- {id: x, id: y}\n", "- id: x\n  id: y\n", "", "[]"]
    found: list[list[Any]] = []
    for text in texts:
        try:
            records = yaml_records(text, VAULT)
            found.append([repr(records), dump([record for record, _line in records])])
        except ParseError as exc:
            found.append([exc.line])
    command = [sys.executable, "-c", WITHOUT_LIBYAML]
    result = subprocess.run(command, input=json.dumps(texts), capture_output=True, text=True, check=True)
    assert json.loads(result.stdout) == found
