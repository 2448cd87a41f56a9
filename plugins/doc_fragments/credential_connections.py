# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation of the options that several modules and plugins share.

Only the descriptions are written here. ``make format`` writes the rest of each option (type, choices, default, env, vars)
from the table in ``plugin_utils/_reading/argument_spec.py``, and a test checks that it is up to date.
"""

from __future__ import annotations


class ModuleDocFragment:
    """The fragments. Each name in lower case is the last part of a name in ``extends_documentation_fragment``."""

    REQUESTS = r"""
options:
  api_key:
    description:
      - The API key (version 2). It is sent as a bearer token to the origin of O(api_url), and to no other. No
        redirect is followed.
      - One of O(api_key) and O(api_key_file) is required.
      - If neither is set, the environment variable E(TELNYX_API_KEY) of the controller is used.
      - A variable or environment variable that is empty counts as not set, for every option. But the variable C(telnyx_api_key), if it is
        given and empty, is an error, because the key of another account would take its place.
      - An option that is set directly, in the task, the call of the plugin or the inventory file, takes precedence over a variable
        or the environment. If O(api_key) and O(api_key_file) are both set directly, or both only by a variable or the environment,
        it is an error.
    type: str
  api_key_file:
    description:
      - A file that contains only the API key, for example a mounted secret. One line break at its end is ignored.
      - If every user of the machine can read or write the file, a warning is shown.
      - An error message does not show a path that looks like an API key, because the key may have been set instead of a path.
      - If neither this option nor O(api_key) is set, the environment variable E(TELNYX_API_KEY_FILE) is used.
    type: path
  api_url:
    description:
      - The base URL of the API, with the version and without the resource.
      - A V(http://) URL is only accepted if its host is a loopback address.
      - The environment variable E(TELNYX_BASE_URL) sets it too.
    type: str
    default: https://api.telnyx.com/v2
  validate_certs:
    description: Whether to validate the API's TLS certificate. Without validation, anyone on the network path can read the API key.
    type: bool
    default: true
  ca_path:
    description:
      - A file of CA certificates (PEM), or a directory of them, that the API's certificate is validated against.
      - By default, the environment variables E(REQUESTS_CA_BUNDLE) and E(CURL_CA_BUNDLE) are used, else the CA certificates that the
        Python library requests uses.
    type: path
  client_cert:
    description: A file with a client certificate (PEM), for a proxy that requires one. It may contain the private key too.
    type: path
  client_key:
    description: A file with the private key (PEM, without a passphrase) of O(client_cert).
    type: path
  timeout:
    description:
      - The maximum duration of one request in seconds, from the resolution of the host name to the last byte of the response.
    type: float
    default: 30.0
  deadline:
    description: The maximum duration of the whole listing in seconds, including all pages, retries and waiting times.
    type: float
    default: 300.0
  retries:
    description:
      - How often a request is retried after a connection error or a response with status 408, 429, 500, 502, 503 or 504. What another
        try cannot change is not retried, such as a host name that does not exist or a certificate that is not accepted.
      - The waiting time between retries grows, with jitter. If the response has the header V(Retry-After) or V(x-ratelimit-reset),
        that is respected.
    type: int
    default: 5
  concurrency:
    description:
      - The maximum number of pages that are requested at the same time, from 1 to 64.
      - It is lowered when the rate limit is reached.
    type: int
    default: 8
"""

    SNAPSHOT = r"""
options:
  snapshot_file:
    description:
      - A file that M(siptrunk.telnyx.credential_connections_snapshot) has written. The connections are read from it, no request is sent,
        and no API key is needed. O(api_key), O(api_key_file), O(api_url) and the options for the connection to the API are ignored.
      - The filters, the order and a query are applied to the file. It is an error if the file is missing, damaged, too old, or does not
        have what is asked for.
      - A snapshot has no passwords. The options C(include_passwords), C(refresh) and C(page_number) are errors with it.
      - A run reads the file once, or with C(cache_timeout=0) for every call.
      - The environment variable E(TELNYX_SNAPSHOT_FILE) sets it too.
    type: path
  snapshot_max_age:
    description:
      - The maximum age of O(snapshot_file) in seconds, from the time when the account was read. An older snapshot is an error, and so is
        one that is more than a minute from the future.
      - The age is checked when a run of Ansible first reads the file. A run that started with a valid snapshot is not interrupted later.
    type: int
    default: 86400
"""

    DOCUMENTATION = r"""
options:
  connection_name_contains:
    description: Only return connections whose name contains this text, ignoring case. It must have three characters or more.
    type: str
  outbound_voice_profile_id:
    description: Only return connections that use the outbound voice profile with this ID. It consists of digits and is quoted in YAML.
    type: str
  sort:
    description:
      - The field to sort the connections by. A leading V(-) sorts in descending order.
      - By default, the connections are sorted by the time of their creation.
    type: str
    choices: [created_at, -created_at, connection_name, -connection_name, active, -active]
  page_size:
    description: The number of connections that one request asks for, from 1 to 250.
    type: int
    default: 250
  page_number:
    description:
      - Only read the page with this number, 1 or more, instead of the whole list.
      - One page cannot show whether a list is complete, so this is not checked.
    type: int
  consistency:
    description:
      - How a listing of several pages is checked. If a check fails, all pages are read again, at most four times in total. After that
        it is an error. A list that fails the check is never returned.
      - With V(checked), the total must be the same on every page and equal the number of connections, no connection may occur twice,
        and none may have been created while the pages were read.
      - With V(strict), two consecutive passes over all pages, the second in a different order, must also agree on every V(id) and
        V(updated_at). This takes twice the number of requests.
    type: str
    choices: [checked, strict]
    default: checked
  query:
    description:
      - A JMESPath expression (see U(https://jmespath.org)) that is applied to the list of connections, after all other options.
      - A field that neither the API reference nor any of the connections has is an error, and so is the comparison with a value that the
        field never has.
      - It requires the Python library jmespath.
    type: str
  include_passwords:
    description:
      - Whether the result contains the SIP passwords. With V(false), the field V(password) is removed from every record.
      - With V(true), use C(no_log=true) on the task to keep the result out of output and logs. A module warns without it.
      - In both cases, every record has the field V(password_status). It is V(masked) if the API itself returns V(********), as it
        does for accounts created on or after 2026-09-08.
    type: bool
    default: false
requirements:
  - Python 3.10 or later
  - requests
  - jmespath, if O(query) is used
"""

    CACHE = r"""
options:
  cache_timeout:
    description:
      - The maximum age in seconds of a listing that the run uses again. An error is kept for as long as a listing.
      - All hosts and tasks of a run of Ansible share one listing, in the run's temporary directory. A listing with another API key, or
        with other options that change its content, is kept separately.
      - With V(0), every call reads the account.
    type: int
    default: 300
  refresh:
    description:
      - Whether to read the connections again even if the run has a listing.
      - A listing that another process of the run completes in the meantime is used.
    type: bool
    default: false
"""

    TERMS = r"""
options:
  on_missing:
    description:
      - What to do if a connection that is given by its V(id), V(user_name) or V(connection_name) does not exist.
      - With V(warn) and V(skip), the result has no record for it.
    type: str
    choices: [error, warn, skip]
    default: error
"""

    SELECTION = r"""
options:
  connections:
    description:
      - Only return these connections. Each is given by its V(id), else its V(user_name), else its exact V(connection_name), like
        the terms of the lookup P(siptrunk.telnyx.credential_connections#lookup). A text is one of them, whatever it holds, and is
        not split at commas.
      - The result has one record for each of them, in the same order. A name that several connections share is an error that lists
        their IDs.
      - Without this option, all connections that match the filters are returned. With an empty list, none is returned.
      - If a play has many hosts, use it to give each host its own record. Ansible copies the facts of a host several times for each
        task.
    type: raw
"""

    # Merged with the options of other fragments. There are no ini keys, because a configuration file is no place for secrets.
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
  snapshot_file:
    env:
      - name: TELNYX_SNAPSHOT_FILE
    vars:
      - name: telnyx_snapshot_file
  snapshot_max_age:
    vars:
      - name: telnyx_snapshot_max_age
  cache_timeout:
    vars:
      - name: telnyx_cache_timeout
"""

    # At the time of an inventory plugin there are no variables.
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
  snapshot_file:
    env:
      - name: TELNYX_SNAPSHOT_FILE
"""

    ATTRIBUTES = r"""
attributes:
  action:
    description: The module always runs on the controller, so that its options reach no other machine and no log.
    support: full
  action_group:
    description: C(module_defaults) with C(group/siptrunk.telnyx.telnyx) sets options for all modules of the group.
    support: full
    membership:
      - siptrunk.telnyx.telnyx
  async:
    description: The keyword C(async) is an error.
    support: none
  check_mode:
    description: The module is read-only and does the same with C(--check).
    support: full
  diff_mode:
    description: The module changes nothing, so there is no difference to show.
    support: N/A
notes:
  - The options for access, limits and caching are taken from the task, else from a variable such as C(telnyx_api_key), else from
    the environment of the controller. The keyword C(environment) of a task has no effect on the controller.
  - With C(-v), the progress of a listing is shown.
"""

    ACTION = r"""
attributes:
  action:
    description: The module always runs on the controller, so that its options reach no other machine and no log.
    support: full
notes:
  - O(api_key) and the other options for access and limits are taken from the task, else from a variable such as
    C(telnyx_api_key), else from the environment of the controller.
  - Relative paths are relative to the directory in which C(ansible-playbook) was started.
requirements:
  - Python 3.10 or later
  - requests
"""

    # The module that writes a snapshot is not in the group, because it does not take the option snapshot_file.
    ACTION_GROUP = r"""
attributes:
  action_group:
    description: C(module_defaults) with C(group/siptrunk.telnyx.telnyx) sets options for all modules of the group.
    support: full
    membership:
      - siptrunk.telnyx.telnyx
"""
