"""Write the generated part of the doc fragments: everything of an option but its description.

Types, choices, defaults, environment variables and variables come from the table in ``argument_spec.py``. With ``--check``,
nothing is written, and the exit code is 1 if the file is not up to date.
"""

from __future__ import annotations

import json
import re
import runpy
import sys
from pathlib import Path
from typing import Any

PLUGINS = Path(__file__).parents[2] / "plugins"
FRAGMENTS = PLUGINS / "doc_fragments" / "credential_connections.py"
GROUPS: dict[str, dict[str, dict[str, Any]]] = runpy.run_path(
    str(PLUGINS / "plugin_utils" / "_reading" / "argument_spec.py")
)["GROUPS"]

QUOTES = '"""'
# Each fragment with descriptions, and the groups of options in it.
DESCRIBED = {
    "REQUESTS": ("access", "limits"),
    "SNAPSHOT": ("snapshot",),
    "DOCUMENTATION": ("listing",),
    "CACHE": ("cache",),
    "TERMS": ("terms",),
    "SELECTION": ("selection",),
}
# Each fragment that says where else the value of an option may come from: the groups of options, and the kinds of sources.
SOURCES = {
    "PLUGINS": (("access", "limits", "snapshot", "cache"), ("env", "vars")),
    "INVENTORY": (("access", "snapshot"), ("env",)),
}


def updated(source: str) -> str:
    """Return the source of the fragments' file with its generated part. Raises ``ValueError`` if an option is not described."""
    for fragment, groups in DESCRIBED.items():
        text = _options_of(source, fragment)
        blocks = dict(re.findall(r"^  (\w+):\n((?:    .*\n)+)", text, re.MULTILINE))
        options = {name: option for group in groups for name, option in GROUPS[group].items()}
        if set(blocks) != set(options):
            raise ValueError(f"{fragment}: {sorted(set(blocks) ^ set(options))} must be both declared and described.")
        lines = [f"  {name}:\n{_description(blocks[name])}{_values(option)}" for name, option in options.items()]
        source = source.replace(text, "".join(lines))
    for fragment, (groups, kinds) in SOURCES.items():
        start = f'    {fragment} = r"""\noptions:\n'
        entries = [_sources(name, option, kinds) for group in groups for name, option in GROUPS[group].items()]
        before, _start, after = source.partition(start)
        source = f"{before}{start}{''.join(entries)}{after[after.index(QUOTES) :]}"
    return source


def _options_of(source: str, fragment: str) -> str:
    """Return the options in the YAML of a fragment."""
    found = re.search(rf'^    {fragment} = r"""\noptions:\n((?:  .*\n)+)', source, re.MULTILINE)
    if found is None:
        raise ValueError(f"There is no fragment {fragment} with options.")
    return found[1]


def _description(block: str) -> str:
    """Return the lines of the description, which is written by hand."""
    found = re.match(r"    description:.*\n(      .*\n)*", block)
    if found is None:
        raise ValueError(f"An option has no description at its beginning:\n{block}")
    return found[0]


def _values(option: dict[str, Any]) -> str:
    """Return the lines that follow a description."""
    lines = [
        f"    {key}: {_yaml(option[key])}\n" for key in ("type", "elements", "choices", "default") if key in option
    ]
    return "".join(lines)


def _sources(name: str, option: dict[str, Any], kinds: tuple[str, ...]) -> str:
    """Return the option with the environment variable and the variable that set it, or nothing."""
    found = {"env": option.get("env"), "vars": f"telnyx_{name}" if option.get("variable") else None}
    lines = [f"    {kind}:\n      - name: {found[kind]}\n" for kind in kinds if found[kind]]
    return f"  {name}:\n{''.join(lines)}" if lines else ""


def _yaml(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_yaml, value))}]"
    return value if isinstance(value, str) else json.dumps(value)


def main(arguments: list[str]) -> int:
    """Write the file, or check it; return the exit code."""
    source = FRAGMENTS.read_text(encoding="utf-8")
    new = updated(source)
    if "--check" in arguments:
        if new != source:
            print(f"{FRAGMENTS} is not up to date: run make format.", file=sys.stderr)
        return int(new != source)
    FRAGMENTS.write_text(new, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
