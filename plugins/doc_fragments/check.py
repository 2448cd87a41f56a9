# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of both checks."""

from __future__ import annotations


class ModuleDocFragment:
    """The fragment ``siptrunk.telnyx.check``."""

    DOCUMENTATION = r"""
options:
  report_dir:
    description:
      - A folder for the reports, each check in one of its own. The files are named after the check, such as V(drift.json), V(drift.html),
        V(drift.md), V(drift.junit.xml), V(drift.sarif) and V(drift.prom), and there are V(summary.txt), V(summary.json) and V(status.json).
      - They are always written, also in check mode and after an error, all or none; V(status.json) is the last one. The check begins by
        removing those of the run before, so without a V(status.json) it has not finished.
      - V(drift.previous.json) or V(policy.previous.json) is the last complete report. It is what the next one is compared with, to say
        what is new, what is resolved, and since when a finding is there. An error does not replace it. One of another account,
        O(account_label) or O(connections) counts as none, and is not replaced.
    type: path
  accepted_files:
    description:
      - YAML files of accepted findings, folders of such files, or patterns. The findings of their entries do not count.
      - Each entry is a mapping with V(reason), and optionally V(who), V(since) and V(expires), the last day (UTC) as in V(2027-03-31).
      - It selects violations by V(rule); with V(severity), it does not cover one any more once the rule is more severe. It selects
        differences by V(path) and its V(value), which is what the account has (none for a password), or by V(status) (V(missing),
        V(recreated), V(ambiguous), V(unexpected) or V(unverifiable)). Another value is a new finding.
      - An entry selects connections by V(id), V(user_name), V(connection_name), V(name_pattern) (wildcards, for the name) or V(tag). With
        V(fingerprint) and V(check) it selects one finding.
      - A file that does not exist is an error. The playbook C(siptrunk.telnyx.accept) writes such files.
    type: list
    elements: path
    default: []
  connections:
    description:
      - The subset that is checked, as a mapping of V(names) (patterns of connection names), V(tags) and V(terms) (ids, user names or
        names, as the lookup takes them). A connection is in it if one of them selects it. The default is the whole account.
      - The account is read completely in any case. A subset that is empty, and an item that selects no connection, is an error.
    type: raw
  min_connections:
    description:
      - An account with fewer connections is an error with the C(kind) V(too_few_connections), because the API key may belong to
        another account. V(0) allows an empty account.
    type: int
    default: 1
  account_label:
    description:
      - A name for the account, which the reports and metrics show. It is part of the fingerprints of findings.
      - The default is the name of the host, and none for C(localhost).
    type: str
  portal_url:
    description: The address of a connection's page, with V({id}) in place of its id. The reports then have a link to it.
    type: str
  report_url:
    description: Where people find the reports. The summary has it. At most 1000 characters.
    type: str
notes:
  - On a host other than C(localhost), O(api_key), O(api_url) and O(snapshot_file) come from the task and the variables
    of that host alone, never from the environment, so that no account is checked with another one's key.
  - The account is read past the run cache, with C(consistency=strict).
"""
