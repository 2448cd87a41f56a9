"""Write what is generated of the documentation: the fields of a record, and the variables of roles and playbooks.

The fields go to docs/fields.md and into RETURN of the info module and the lookup; fragments for RETURN exist only from
ansible-core 2.20 on. With ``--check``, nothing is written, and the exit code is 1 if a file is not up to date.
"""

from __future__ import annotations

import json
import re
import runpy
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
PLUGINS = ROOT / "plugins"
# These files import nothing of the collection, which Ansible's loader need not find here.
ModuleDocFragment = runpy.run_path(str(PLUGINS / "doc_fragments" / "credential_connections.py"))["ModuleDocFragment"]
OPTIONS = runpy.run_path(str(PLUGINS / "plugin_utils" / "_reading" / "argument_spec.py"))["OPTIONS"]
REFERENCE = runpy.run_path(str(PLUGINS / "plugin_utils" / "_records" / "fields.py"))["REFERENCE"]

TYPES = {"text": "str", "boolean": "bool", "integer": "int", "list": "list"}
DESCRIPTIONS = yaml.safe_load((Path(__file__).parent / "fields.yml").read_text(encoding="utf-8"))
RETURNS = ("plugins/lookup/credential_connections.py", "plugins/modules/credential_connections_info.py")
# What is between these lines of a RETURN is generated.
BEGIN, END = "  # Written by make format, from tests/tools/fields.yml.\n", "  # End of what make format writes.\n"
LINE_MAX = 120  # characters
ROLES = {"drift_check": "check", "policy_check": "check", "sip_config": "main"}
PLAYBOOKS = ("list", "baseline", "snapshot", "accept")


def fields() -> dict[str, Any]:
    """Return the reference of each field by its path."""
    found: dict[str, Any] = {}
    for name, part in REFERENCE.items():
        if not isinstance(part, dict):
            found[name] = part
        else:
            found.update({f"{name}.{below}": field for below, field in part.items()})
    unknown = {key for described in DESCRIPTIONS.values() for key in described} - {
        "meaning",
        "sample",
        "values",
        "null",
    }
    if unknown:  # a comma in a text without quotes begins another key
        raise ValueError(f"fields.yml has unknown keys: {sorted(unknown)}.")
    if set(found) != set(DESCRIPTIONS):
        raise ValueError(f"{sorted(set(found) ^ set(DESCRIPTIONS))} must be both in the reference and in fields.yml.")
    return found


def values(path: str, field: Any) -> str:
    """Return the values or the range of a field, for people."""
    known = DESCRIPTIONS[path].get("values", field.values)
    if known:
        return ", ".join(f"`{value}`" for value in known) + (" and others" if field.extensible else "")
    return f"{field.minimum} to {field.maximum}" if field.maximum is not None else ""


def sample() -> dict[str, Any]:
    """Return a record with all fields."""
    record: dict[str, Any] = {}
    for path, described in DESCRIPTIONS.items():
        above, _dot, name = path.rpartition(".")
        (record.setdefault(above, {}) if above else record)[name] = described["sample"]
    return {name: value for name, value in record.items() if name != "password"}


def fields_page() -> str:
    """Return docs/fields.md."""
    rows = []
    for path, field in fields().items():
        described = DESCRIPTIONS[path]
        null = "yes" if described.get("null") else ""
        rows.append(f"| `{path}` | {field.type} | {values(path, field)} | {null} | {described['meaning']} |")
    return (
        "# The fields of a record\n\n"
        "A record has these fields, by Telnyx's API reference. Telnyx adds fields and values; unknown ones are passed on.\n"
        "In a policy rule, a query or `ignore`, a field below another one is written with a dot, as here.\n\n"
        "| field | type | values | null | meaning |\n| --- | --- | --- | --- | --- |\n" + "\n".join(rows) + "\n\n"
        "## A full record\n\n```json\n" + json.dumps(sample(), indent=2) + "\n```\n"
    )


def return_block() -> str:
    """Return the fields as ``contains`` of a RETURN."""
    lines: dict[str, list[str]] = {}
    for path, field in fields().items():
        above, _dot, name = path.rpartition(".")
        known = DESCRIPTIONS[path].get("values", field.values)
        meaning = DESCRIPTIONS[path]["meaning"] + "."
        meaning += f" One of {'; '.join(known)}." if known else ""
        meaning += f" From {field.minimum} to {field.maximum}." if field.maximum is not None else ""
        meaning += " It may be null." if DESCRIPTIONS[path].get("null") else ""
        description = [f"  description: {json.dumps(meaning, ensure_ascii=False)}"]
        if len(description[0]) > LINE_MAX:
            wrapped = textwrap.wrap(meaning, LINE_MAX, initial_indent="    ", subsequent_indent="    ")
            description = ["  description: >-", *wrapped]
        block = [f"{name}:", *description, f"  type: {TYPES[field.type]}"]
        lines.setdefault(above, []).append("\n".join(block))
    written = ["contains:"]
    for name, part in REFERENCE.items():
        if not isinstance(part, dict):
            written.append(textwrap.indent(lines[""].pop(0), "  "))
        else:
            written += [f"  {name}:", "    description: A part of the record.", "    type: dict", "    contains:"]
            written += [textwrap.indent(each, "      ") for each in lines[name]]
    return textwrap.indent("\n".join(written), "  ") + "\n"


def with_return_block(text: str) -> str:
    """Return the source of a plugin with the fields in its RETURN."""
    before, _begin, rest = text.partition(BEGIN)
    _old, end, after = rest.partition(END)
    if not end:
        raise ValueError("The lines between which the fields go are missing.")
    return f"{before}{BEGIN}{return_block()}{END}{after}"


def variables_page() -> str:
    """Return docs/variables.md."""
    parts = [
        "# All variables\n\n"
        "A misspelt variable of a role or a playbook is an error that names the right one. The variables of the first table\n"
        "are not checked: those of inventory hosts, and perhaps yours, begin with `telnyx_`, too.\n"
        "Lists are given as JSON on the command line:\n"
        '`-e \'{"drift_check_desired_files": ["baseline.yml", "teams/"]}\'`.\n\n'
        "## Everything that reads the account\n\n"
        "| variable | environment variable | default | meaning |\n| --- | --- | --- | --- |\n"
        + "\n".join(_interface())
        + "\n"
    ]
    for role, entry in ROLES.items():
        content = yaml.safe_load((ROOT / "roles" / role / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))
        spec = content["argument_specs"][entry]
        rows = [
            f"| `{name}` | {option.get('type', 'str')} | {_default(option)} | {_text(option['description'])} |"
            for name, option in spec["options"].items()
        ]
        also = (
            f" The playbook also has `{role}_hosts`, a pattern of hosts (`localhost`)."
            if role.endswith("check")
            else ""
        )
        parts.append(
            f"## The role {role}\n\n{spec['short_description']}.{also}\n\n"
            "| variable | type | default | meaning |\n| --- | --- | --- | --- |\n" + "\n".join(rows) + "\n"
        )
    for playbook in PLAYBOOKS:
        play = yaml.safe_load((ROOT / "playbooks" / f"{playbook}.yml").read_text(encoding="utf-8"))[0]
        table = play["vars"][f"_{playbook}_variables"]
        rows = [f"| `{name}` | {_text(meaning)} |" for name, meaning in table.items()]
        parts.append(
            f"## The playbook {playbook}\n\n{play['name']}.\n\n| variable | meaning |\n| --- | --- |\n"
            + "\n".join(rows)
            + "\n"
        )
    return "\n".join(parts)


def _interface() -> Iterator[str]:
    described: dict[str, Any] = {}
    for name, text in vars(ModuleDocFragment).items():
        if name.isupper():
            for option, content in (yaml.safe_load(text).get("options") or {}).items():
                described.setdefault(option, content.get("description", ""))
    for name, option in OPTIONS.items():
        if option.get("variable"):
            default = f"`{option['default']}`" if "default" in option else ""
            env = f"`{option['env']}`" if "env" in option else ""
            yield f"| `telnyx_{name}` | {env} | {default} | {_text(described[name])} |"


def _default(option: dict[str, Any]) -> str:
    return f"`{json.dumps(option['default'])}`" if "default" in option else ""


def _text(description: Any) -> str:
    """Return a description as one line of Markdown, without Ansible's markup."""
    text = " ".join(description) if isinstance(description, list) else str(description)
    text = re.sub(r"\b(?:O|V|C|E|RV)\(((?:[^()\\]|\\.)*)\)", r"`\1`", text)
    text = re.sub(r"\b[MPL]\(([^),#]*)[^)]*\)", r"`\1`", text)
    return " ".join(text.split()).replace("|", "\\|")


def main(arguments: list[str]) -> int:
    """Write the files, or check them; return the exit code."""
    new = {ROOT / "docs" / "fields.md": fields_page(), ROOT / "docs" / "variables.md": variables_page()}
    new.update({ROOT / name: with_return_block((ROOT / name).read_text(encoding="utf-8")) for name in RETURNS})
    outdated = [path for path, text in new.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    if "--check" in arguments:
        for path in outdated:
            print(f"{path} is not up to date: run make format.", file=sys.stderr)
        return int(bool(outdated))
    for path in outdated:
        path.write_text(new[path], encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
