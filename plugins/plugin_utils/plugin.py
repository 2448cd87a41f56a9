# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a plugin on the controller needs of Ansible: its options, its voice and its errors."""

from __future__ import annotations

import difflib
from contextlib import contextmanager
from typing import Any, Dict, Iterator, List, Mapping, Optional, Type

from ansible.errors import AnsibleError
from ansible.plugins import AnsiblePlugin
from ansible.utils.display import Display
from ansible_collections.siptrunk.telnyx.plugins.module_utils.errors import OptionError, TelnyxError
from ansible_collections.siptrunk.telnyx.plugins.module_utils.listing import Listing, list_connections
from ansible_collections.siptrunk.telnyx.plugins.module_utils.options import Options, check_options

display = Display()


@contextmanager
def errors_as(kind: Type[AnsibleError]) -> Iterator[None]:
    """Turn the collection's errors into one of Ansible's, without the traceback that a cause would add at -vvv."""
    try:
        yield
    except TelnyxError as exc:
        raise kind(f"siptrunk.telnyx: {exc}") from None


def read_options(
    plugin: AnsiblePlugin, templar: Any, variables: Optional[Mapping[str, Any]], direct: Dict[str, Any]
) -> Options:
    """Resolve the plugin's options by Ansible's own rules: given directly, by variable, by environment, by default.

    Raises :class:`OptionError`, also for a name that is no option: a misspelt filter must not list everything.
    """
    plugin.set_options(var_options=_templated(plugin, templar, variables or {}), direct=direct)
    known = plugin.get_options()
    for name in direct:
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            raise OptionError(name, "there is no such option.", f"Did you mean {near[0]}?" if near else "")
    return check_options(known, direct)


def _templated(plugin: AnsiblePlugin, templar: Any, variables: Mapping[str, Any]) -> Dict[str, Any]:
    """The variables that are options of the plugin. Ansible hands them over as they were written, so a
    ``telnyx_api_key: "{{ vault_telnyx_key }}"`` would come as that very text."""
    names = [entry["name"] for option in plugin.option_definitions.values() for entry in option.get("vars") or ()]
    return {name: templar.template(variables[name]) for name in names if name in variables}


def fetch(options: Options) -> Listing:
    """List the connections; from ``-v`` on, the user sees how it goes. Raises :class:`TelnyxError`."""
    listing = list_connections(options, lambda text: display.v(f"siptrunk.telnyx: {text}"))
    for warning in listing.warnings:
        display.warning(f"siptrunk.telnyx: {warning}")
    return listing


def flat_terms(terms: Any) -> List[str]:
    """Return lookup terms as plain strings. A number is taken as the id that someone forgot to quote.

    Raises :class:`OptionError` for anything that cannot be a term.
    """
    flat: List[str] = []
    for term in terms:
        if isinstance(term, (list, tuple)):
            flat += flat_terms(term)
        elif isinstance(term, (str, int)) and not isinstance(term, bool):
            flat.append(str(term))
        else:
            raise OptionError("_terms", f"each must be an id, user name or connection name, not {type(term).__name__}.")
    return flat
