"""Connections for the real SIP programs."""

from __future__ import annotations

from typing import Any

from sandbox.account import make_connection

Record = dict[str, Any]


def connections(passwords: list[str], prefix: str = "trunk", **fields: Any) -> list[Record]:
    """Connections with these passwords, user names with this prefix, and fields that every program supports."""
    records = []
    for index, password in enumerate(passwords):
        record = make_connection(9, index)
        record.update(
            user_name=f"{prefix}{index:05d}",
            connection_name=f"{{{{ name }}}} ;\n{index}",
            password=password,
            active=True,
        )
        record.update(encrypted_media=None, dtmf_type="RFC 2833")
        record["inbound"] = {**record["inbound"], "codecs": ["G711A", "G711U"]}
        record.update(fields)
        records.append(record)
    return records
