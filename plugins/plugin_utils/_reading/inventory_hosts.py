# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts from connections: their names, variables and groups."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible.errors import AnsibleParserError
from ansible.plugins.inventory import Constructable

from ...module_utils._errors import OptionError
from ...module_utils._text import did_you_mean, one_line, prefixed
from .host_groups import HOSTVARS_PREFIX, harmless_name, host_names, is_harmless
from .inventory_draft import Draft
from .plugin_options import warn
from .unsafe import mark_unsafe

if TYPE_CHECKING:
    from collections.abc import Collection

    from .._records.records import Record

NAMES_SHOWN = 5


class ConnectionHosts(Constructable):
    """The part of the inventory plugin that adds a host for each connection, as the plugin's options say."""

    inventory: Any
    _keys_as_text = False

    def add_hosts(self, records: list[Record]) -> None:
        """Add a host for each connection, with its groups. Raises ``AnsibleError``; then the inventory is unchanged."""
        names = self._wanted_names(records)
        draft, hosts, unavailable = self._draft_without_conflicts(records, names)
        draft.copy_to(self.inventory)
        _warn_of_changed_names(records, names, hosts, unavailable)
        if draft.refused:
            warn(
                "Some groups were not added to their parent group, because that would be a loop or the group is all or"
                f" ungrouped: {', '.join(sorted(draft.refused)[:NAMES_SHOWN])}."
            )

    def _wanted_names(self, records: list[Record]) -> list[str]:
        """Return the first name that one of ``hostnames`` gives for each record, or an empty string."""
        expressions: list[str] = self.get_option("hostnames")
        fields = dict.fromkeys(field for record in records for field in record)
        for expression in expressions if records else ():
            if expression.isidentifier() and expression not in fields and expression not in self._extra_variables():
                raise OptionError(
                    "hostnames", f"no connection has the field {expression!r}.", did_you_mean(expression, fields)
                )
        failures: dict[str, list[str]] = {expression: [] for expression in expressions}
        names = [self._wanted_name(record, failures) for record in records]
        for expression, reasons in failures.items():
            if reasons and len(reasons) == len(records):
                raise OptionError("hostnames", f"{expression!r} failed for every connection: {one_line(reasons[0])}")
        return names

    def _wanted_name(self, record: Record, failures: dict[str, list[str]]) -> str:
        for expression in self.get_option("hostnames"):
            if expression in record:
                value = record[expression]
            else:
                try:
                    value = self._evaluate(expression, mark_unsafe(record))
                except Exception as exc:  # noqa: BLE001 - a user's expression may raise anything
                    if self.get_option("strict"):
                        message = f"hostnames: {expression!r} failed for a connection: {exc}"
                        raise AnsibleParserError(prefixed(message)) from None
                    failures[expression].append(str(exc))
                    continue
            if isinstance(value, (str, int)) and not isinstance(value, bool):
                name = "".join(str(value))  # str without the class that marks text of the API
                if harmless_name(name):
                    return name
        return ""

    def _extra_variables(self) -> dict[str, Any]:
        """Return the variables of ``-e``, if ``use_extra_vars`` asks for them."""
        return dict(self._vars or {}) if self.get_option("use_extra_vars") else {}

    def _evaluate(self, expression: str, record: Record) -> Any:
        if "{{" not in expression:
            return self._compose(expression, record)
        self.templar.available_variables = {**record, **self._extra_variables()}
        return self.templar.template(expression)

    def _compose(self, template: Any, variables: Any, *args: Any, **kwargs: Any) -> Any:
        """Evaluate an expression. As the key of a group, a boolean or a number counts as its text: Ansible refuses it otherwise."""
        value = super()._compose(template, variables, *args, **kwargs)
        return str(value) if self._keys_as_text and isinstance(value, (bool, int, float)) else value

    def _draft_without_conflicts(self, records: list[Record], names: list[str]) -> tuple[Draft, list[str], set[str]]:
        """Return a draft, the name of each connection's host in it, and the names that no host may have."""
        unavailable = set(self.inventory.groups)
        for _attempt in range(2):  # again if a host has the name of a group
            hosts = host_names(records, names, unavailable)
            draft = self._draft(records, hosts)
            conflicts = self._conflicts(draft, dict(zip(hosts, records)))
            if not conflicts:
                break
            unavailable |= conflicts
        if conflicts or len(draft.hosts) != len(records):
            message = (
                f"{len(records)} connections would be {len(draft.hosts)} hosts, and the names of {len(conflicts)} of them are"
                " in use already. No host was added."
            )
            raise AnsibleParserError(prefixed(message))
        return draft, hosts, unavailable

    def _conflicts(self, draft: Draft, records: dict[str, Record]) -> set[str]:
        """Return the hosts that have the name of a group, or of the host of another account's connection."""
        real, id_variable = self.inventory, f"{self.get_option('hostvars_prefix')}id"
        return (draft.groups.keys() & records.keys()) | {
            host
            for host, record in records.items()
            if host in real.hosts and real.hosts[host].vars.get(id_variable) not in (None, record["id"])
        }

    def _draft(self, records: list[Record], hosts: list[str]) -> Draft:
        """Return a draft with the hosts and the groups that ``compose``, ``groups`` and ``keyed_groups`` give them."""
        prefix, strict = self.get_option("hostvars_prefix"), self.get_option("strict")
        compose, groups, keyed = (self.get_option(name) for name in ("compose", "groups", "keyed_groups"))
        real, draft = self.inventory, Draft(self.inventory)
        # The methods of Constructable write to the plugin's inventory.
        self.inventory = draft
        try:
            for host, record in zip(hosts, records):
                draft.add_host(host)
                variables = _host_variables(record, prefix)
                draft.hosts[host].vars.update(variables)
                self._set_composite_vars(compose, variables, host, strict=strict)
                for name in compose or ():
                    if name in draft.hosts[host].vars:
                        draft.hosts[host].vars[name] = mark_unsafe(draft.hosts[host].vars[name])
                if groups or keyed:
                    variables = draft.hosts[host].get_vars()
                    self._add_host_to_composed_groups(groups, variables, host, strict=strict)
                    self._keys_as_text = True
                    self._add_host_to_keyed_groups(keyed, variables, host, strict=strict)
                    self._keys_as_text = False
        finally:
            self.inventory = real
        return draft


def _host_variables(record: Record, prefix: str) -> Record:
    """Return the fields of a record as variables of its host. Ansible templates no text in them.

    Without a prefix, a field whose name begins with ``ansible_`` gets ``telnyx_`` before it: such a variable could decide how
    Ansible connects, and which program it runs.
    """
    variables: Record = {}
    for field, value in record.items():
        name = HOSTVARS_PREFIX + field if not prefix and field.startswith("ansible_") else prefix + field
        # A name that is not an identifier may be anything, such as a template.
        variables[name if name.isidentifier() else mark_unsafe(name)] = mark_unsafe(value)
    return variables


def _warn_of_changed_names(
    records: list[Record], names: list[str], hosts: list[str], unavailable: Collection[str]
) -> None:
    changed = [
        host for record, name, host in zip(records, names, hosts) if not is_harmless(name or record["id"], unavailable)
    ]
    if changed:
        shown = ", ".join(repr(host) for host in changed[:NAMES_SHOWN])
        more = f" and {len(changed) - NAMES_SHOWN} more" if len(changed) > NAMES_SHOWN else ""
        warn(
            f"The names of {len(changed)} connections cannot be names of hosts, because a group has the name, or because it has"
            f" another meaning for Ansible, a file system or a terminal. The hosts are {shown}{more}."
        )
