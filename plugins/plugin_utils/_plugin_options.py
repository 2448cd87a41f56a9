# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a plugin on the controller needs of Ansible: its options, its voice and its errors.

A lookup runs in a new process for each host and task, and Ansible compiles a collection's files anew in each: this file
and what it imports at its top are what a lookup that hits the run's snapshot pays for, so they are kept small.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ansible import constants as C
from ansible.errors import AnsibleError
from ansible.utils.display import Display
from ansible_collections.siptrunk.telnyx.plugins.module_utils._argument_spec import (
    ACCESS,
    CACHE_OPTIONS,
    ENV,
    argument_spec,
)

if TYPE_CHECKING:
    from ansible.plugins import AnsiblePlugin

display = Display()


def warn(message: object) -> None:
    """Show a warning of the collection."""
    from ansible_collections.siptrunk.telnyx.plugins.module_utils._text import prefixed

    display.warning(prefixed(message))


# The options that a variable can set as well, by this prefix and their name.
VARS_PREFIX = "telnyx_"
FROM_VARS = (
    *ACCESS,
    "timeout",
    "deadline",
    "retries",
    "concurrency",
    "cache_scope",
    "cache_timeout",
    "stale_if_error",
)


def define_options(kind: str, name: str, **more: dict[str, Any]) -> None:
    """Tell Ansible's configuration the options of a plugin, as its documentation would.

    Ansible takes them from the documentation otherwise, the YAML of which costs more, in every process, than all else
    that a lookup does. A test holds the two to each other.
    """
    options = {**argument_spec(None), **CACHE_OPTIONS, **more}
    definitions: dict[str, dict[str, Any]] = {}
    for option, spec in options.items():
        entry: dict[str, Any] = {key: spec[key] for key in ("type", "elements", "default", "choices") if key in spec}
        if option in ENV:
            entry["env"] = [{"name": ENV[option]}]
        if option in FROM_VARS:
            entry["vars"] = [{"name": VARS_PREFIX + option}]
        definitions[option] = entry
    full_name = f"ansible_collections.siptrunk.telnyx.plugins.{kind}.{name}"  # as the plugin loader has it
    C.config.initialize_plugin_configuration_definitions(kind, full_name, definitions)


@contextmanager
def errors_as(kind: type[AnsibleError]) -> Iterator[None]:
    """Turn the collection's errors into one of Ansible's, without the traceback that a cause would add at -vvv."""
    try:
        yield
    except AnsibleError:
        raise
    except Exception as exc:
        from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import TelnyxError

        if isinstance(exc, TelnyxError):
            raise kind(f"siptrunk.telnyx: {exc}") from None
        raise


def read_values(
    plugin: AnsiblePlugin, templar: Any, variables: Mapping[str, Any] | None, direct: dict[str, Any]
) -> dict[str, Any]:
    """Resolve the plugin's options by Ansible's own rules: given directly, by variable, by environment, by default.

    Raises :class:`OptionError` for a name that is no option: a misspelt filter must not list everything. It is raised
    for a key that is not text as well, because the error of ansible-core 2.16 would quote it.
    """
    # Ansible hands variables over as they were written: a `telnyx_api_key: "{{ vault_key }}"` would come as that text.
    names = [VARS_PREFIX + option for option in FROM_VARS]
    variables = variables or {}
    given = {name: templar.template(variables[name]) for name in names if name in variables}
    _refuse_key_that_is_no_text({**given, **direct})
    try:
        plugin.set_options(var_options=given, direct=direct)
    except AnsibleError as exc:
        raise _refusal(plugin, {**direct, **given}, exc) from None
    values: dict[str, Any] = plugin.get_options()
    for name in direct:
        if name not in values:
            raise _no_such_option(name, list(values))
    return values


def _refuse_key_that_is_no_text(given: Mapping[str, Any]) -> None:
    names = [name for option in ("api_key", "api_key_file") for name in (VARS_PREFIX + option, option)]
    wrong = [name for name in names if given.get(name) is not None and not isinstance(given[name], str)]
    if wrong:
        # Not at the top of the file: most calls do not need it.
        from ansible_collections.siptrunk.telnyx.plugins.module_utils._options import check_is_text

        for name in wrong:
            check_is_text(name, given[name])


def _refusal(plugin: AnsiblePlugin, given: Mapping[str, Any], error: Exception) -> Exception:
    """The error for a value that Ansible refused: of its own, not every core names the allowed ones."""
    for option, definition in plugin.option_definitions.items():
        for name in (option, VARS_PREFIX + option):
            choices = definition.get("choices")
            if choices and given.get(name) is not None and given[name] not in choices:
                from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import OptionError

                return OptionError(name, f"must be one of {', '.join(choices)}, not {given[name]!r}.")
    return error


def _no_such_option(name: str, known: list[str]) -> Exception:
    import difflib

    from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import OptionError

    near = difflib.get_close_matches(name, known, 1)
    return OptionError(name, "there is no such option.", f"Did you mean {near[0]}?" if near else "")


def flat_terms(terms: Any) -> list[str]:
    """Return lookup terms as plain strings. A number is taken as the id that someone forgot to quote.

    Raises :class:`OptionError` for anything that cannot be a term.
    """
    flat: list[str] = []
    for term in terms:
        if isinstance(term, (list, tuple)):
            flat += flat_terms(term)
        elif isinstance(term, (str, int)) and not isinstance(term, bool):
            flat.append(str(term))
        else:
            from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import OptionError

            kind = type(term).__name__
            raise OptionError("_terms", f"each must be an id, user name or connection name, not {kind}.")
    return flat
