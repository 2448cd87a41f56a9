# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of every module and plugin, described once."""

from __future__ import annotations


class ModuleDocFragment:
    """Fragments: how to ask; what to list; what controller plugins add to them; the attributes of the modules."""

    REQUESTS = r"""
options:
  api_key:
    description:
      - The API key (version 2), which is sent as a bearer token to the origin of O(api_url) and nowhere else.
      - One of O(api_key) and O(api_key_file) is required.
      - If neither is set, the environment variable E(TELNYX_API_KEY) of the machine where the code runs is used.
      - An option in the task goes before one from a variable or the environment. Of two equally close ones neither is taken,
        which is an error.
    type: str
  api_key_file:
    description:
      - A file that holds the API key and nothing else, for mounted secrets. One line break at its end is ignored.
      - A file that every user of the machine can reach gets a warning.
      - An error does not show a path that looks like a key, which was perhaps given in the place of a path.
      - If neither this nor O(api_key) is set, the environment variable E(TELNYX_API_KEY_FILE) is used.
    type: path
  api_url:
    description:
      - The base URL of the API, with the version and without the resource.
      - Plain V(http://) is refused unless the host is a loopback address.
      - The environment variable E(TELNYX_BASE_URL) sets it too.
    type: str
    default: https://api.telnyx.com/v2
  validate_certs:
    description: Whether to check the API's TLS certificate. Without that, anyone on the way can read the API key.
    type: bool
    default: true
  ca_path:
    description:
      - A file of CA certificates (PEM), or a folder of them, to check the API's certificate against.
      - By default E(REQUESTS_CA_BUNDLE) and E(CURL_CA_BUNDLE) are heeded, and then the CAs that come with requests.
    type: path
  client_cert:
    description: A file with a client certificate (PEM), for a proxy that wants one. It may hold the private key too.
    type: path
  client_key:
    description: A file with the private key (PEM, without passphrase) of O(client_cert).
    type: path
  timeout:
    description:
      - Seconds that one request may take with its redirects, up to the last byte of the response, however slowly it comes.
      - The resolution of the host's name, each further address of the host that is tried, and the TLS handshake may add to it.
    type: float
    default: 30.0
  deadline:
    description: Seconds that the whole listing may take, all pages, retries and waits included.
    type: float
    default: 300.0
  retries:
    description:
      - How often one request is tried again, after a connection fault or the status 408, 429, 500, 502, 503 or 504.
      - Between the tries it waits longer and longer, with jitter, or as long as V(Retry-After) and V(x-ratelimit-reset) ask for.
    type: int
    default: 5
  concurrency:
    description: How many pages may be in flight at once, from 1 to 64. It is lowered where the rate limit is met.
    type: int
    default: 8
"""

    DOCUMENTATION = r"""
options:
  connection_name_contains:
    description: Only connections whose name holds this text, whatever its case. Three characters or more.
    type: str
  outbound_voice_profile_id:
    description: Only connections that use this outbound voice profile. Digits, quoted in YAML.
    type: str
  sort:
    description:
      - The order of the connections; a V(-) makes it descending.
      - By default they come in the order of their making.
    type: str
    choices: [created_at, -created_at, connection_name, -connection_name, active, -active]
  page_size:
    description: How many connections to ask for in one request, from 1 to 250.
    type: int
    default: 250
  page_number:
    description: Read this page alone, 1 or more, in the place of the whole list. No claim is made then that a list is complete.
    type: int
  consistency:
    description:
      - How a listing of several pages is checked. Where the check fails, the pages are read again, four times in all, and then
        it is an error. A list that fails the check is never returned.
      - With V(checked), the count must be right and the same on every page, no connection may come twice, and none may have
        been made while the pages were read.
      - With V(strict), two readings in a row, the second in another order, must also agree on every V(id) and V(updated_at).
        It takes twice the requests and two more.
    type: str
    choices: [checked, strict]
    default: checked
  query:
    description:
      - A JMESPath expression (see U(https://jmespath.org)) over the list of connections, applied after everything else.
      - It needs the Python library jmespath.
    type: str
  include_passwords:
    description:
      - Whether the SIP passwords are in the result. With V(false) the field V(password) is left out of every record.
      - With V(true), keep the result out of output and logs, with C(no_log=true) on the task.
      - Every record has the field V(password_status) in either case. It is V(masked) where the API itself returns V(********),
        as it does for accounts created on or after 2026-09-08.
    type: bool
    default: false
requirements:
  - Python 3.9 or later
  - requests
  - jmespath, where O(query) is used
"""

    # Merged over the options above: where a plugin on the controller finds them too. No ini keys for secrets.
    PLUGINS = r"""
options:
  api_key:
    env:
      - name: TELNYX_API_KEY
    vars:
      - name: telnyx_api_key
  api_key_file:
    env:
      - name: TELNYX_API_KEY_FILE
    vars:
      - name: telnyx_api_key_file
  api_url:
    env:
      - name: TELNYX_BASE_URL
    vars:
      - name: telnyx_api_url
  validate_certs:
    vars:
      - name: telnyx_validate_certs
  ca_path:
    vars:
      - name: telnyx_ca_path
  client_cert:
    vars:
      - name: telnyx_client_cert
  client_key:
    vars:
      - name: telnyx_client_key
  timeout:
    vars:
      - name: telnyx_timeout
  deadline:
    vars:
      - name: telnyx_deadline
  retries:
    vars:
      - name: telnyx_retries
  concurrency:
    vars:
      - name: telnyx_concurrency
  cache_scope:
    vars:
      - name: telnyx_cache_scope
  cache_timeout:
    vars:
      - name: telnyx_cache_timeout
  stale_if_error:
    vars:
      - name: telnyx_stale_if_error
"""

    # What an inventory plugin finds in the environment: at that time there are no variables.
    INVENTORY = r"""
options:
  api_key:
    env:
      - name: TELNYX_API_KEY
  api_key_file:
    env:
      - name: TELNYX_API_KEY_FILE
  api_url:
    env:
      - name: TELNYX_BASE_URL
"""

    # How a plugin on the controller keeps what it read.
    CACHE = r"""
options:
  cache_scope:
    description:
      - Where the listing is kept.
      - With V(run), for the run of Ansible, in its temporary folder, so that all hosts and tasks share one listing. A listing with
        other options that change its content, or with another API key, is another one.
      - With V(plugin), also in the cache plugin that is configured for facts (C(fact_caching)), for later runs and other machines.
        Passwords are never kept there, so with O(include_passwords=true) it is the same as V(run).
      - With V(none), nowhere. Every call lists anew.
    type: str
    choices: [run, none, plugin]
    default: run
  cache_timeout:
    description: Seconds after which a listing that is kept is read anew. An error is kept as long as a listing.
    type: int
    default: 300
  refresh:
    description: Whether to list anew even if a listing is kept. One that another process makes meanwhile is new enough.
    type: bool
    default: false
  stale_if_error:
    description:
      - Where the API cannot be reached or answers with a status of 500 or more, use a listing from the cache plugin that is not older
        than so many seconds, with a warning. V(0) never does.
      - It needs O(cache_scope=plugin), and reaches no further than what the cache plugin itself keeps.
    type: int
    default: 0
"""

    # What the modules that return records have besides.
    SELECTION = r"""
options:
  connections:
    description:
      - Return these connections only, each given by its V(id), else its V(user_name), else its exact V(connection_name), as the
        terms of the lookup P(siptrunk.telnyx.credential_connections#lookup) are.
      - There is one record for each, in their order. A name that several connections have is an error that lists their ids.
      - Without this option every connection that the filters let through is returned. An empty list returns none.
      - On many hosts, use it to give each host its own record. Ansible copies the facts of a host several times for each task.
    type: list
    elements: str
  on_missing:
    description: What to do about one of O(connections) that names no connection. With V(warn) and V(skip) it has no record.
    type: str
    choices: [error, warn, skip]
    default: error
  run_on:
    description:
      - Where the API is called from.
      - With V(controller), the API is called from the controller, and all hosts and tasks of a run of Ansible, lookups included,
        share one reading. No API key reaches a managed node.
      - With V(managed_node), every host calls the API itself. The API key is sent to the host, O(api_key_file) and the other paths are
        those of the host, and the host needs the requirements. The options O(cache_scope), O(cache_timeout), O(refresh) and
        O(stale_if_error) have no effect then, and are refused where the task sets them.
    type: str
    choices: [controller, managed_node]
    default: controller
"""

    ATTRIBUTES = r"""
attributes:
  action:
    description: It runs on the controller, unless O(run_on=managed_node).
    support: partial
    details: With O(run_on=managed_node) it runs as a module on the managed node.
  action_group:
    description: Options for all modules of the group are set by C(module_defaults) with C(group/siptrunk.telnyx.telnyx).
    support: full
    membership:
      - siptrunk.telnyx.telnyx
  async:
    description: The keyword C(async) is refused.
    support: none
  check_mode:
    description: It only reads, so it does the same with C(--check).
    support: full
  diff_mode:
    description: It changes nothing, so it has no difference to show.
    support: N/A
notes:
  - Options of access, limits and cache come from the task, else from a variable such as C(telnyx_api_key), else from the environment
    of the controller. The keyword C(environment) of a task has no effect on the controller.
  - What it does while it reads is shown at C(-v).
"""

    ACTION = r"""
attributes:
  action:
    description: It runs on the controller, whatever the target, so that its options reach no other machine and no log.
    support: full
  action_group:
    description: Options for all modules of the group are set by C(module_defaults) with C(group/siptrunk.telnyx.telnyx).
    support: full
    membership:
      - siptrunk.telnyx.telnyx
notes:
  - V(api_key) and the other options of access come from the task, else from a variable such as C(telnyx_api_key), else from
    the environment of the controller.
  - Relative paths are from the folder in which C(ansible-playbook) was called.
requirements:
  - Python 3.10 or later
  - requests
"""
