#!/usr/bin/python
# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the module that posts the reports of checks; the action plugin of the same name is its code."""

from __future__ import annotations

DOCUMENTATION = r"""
module: post_message
short_description: Post the news of checks to a chat, and keep one issue or comment for each check up to date
version_added: 0.1.0
description:
  - Reads the reports that P(siptrunk.telnyx.drift_check#role) and P(siptrunk.telnyx.policy_check#role) wrote.
  - Posts V(notify.txt) or V(notify.json) to an incoming webhook of a chat program, if the check wrote them, because something changed.
  - Keeps one issue for each check and account in GitHub or GitLab. It is opened when a check finds something or cannot be
    completed, gets a comment when there is news, and is closed when nothing is left. For a pull request or merge
    request, it is one comment instead, which is updated.
  - An issue is never closed because of a check that was not completed.
  - What cannot be posted is an error, after everything else was posted.
author:
  - The siptrunk.telnyx contributors (@siptrunk)
extends_documentation_fragment:
  - siptrunk.telnyx.controller
attributes:
  action:
    description: Runs on the controller; C(ansible.builtin.uri) sends the requests from the host of the task, so delegate it to localhost.
  check_mode:
    description: Checks the options and reports, and sends nothing.
options:
  report_dirs:
    description:
      - The folders of the reports, or patterns such as V(telnyx-reports/*/drift); at least one. Relative paths are relative to the folder
        in which C(ansible-playbook) is called.
    type: list
    elements: path
    required: true
  chat_url:
    description:
      - The address of an incoming webhook. It is a secret, and shown nowhere.
      - It must begin with https, unless the host is a loopback address.
      - If it is not set, the variable C(post_message_chat_url) or the environment variable E(TELNYX_CHAT_URL) counts. Use
        these, because callback plugins see the arguments of a task.
    type: str
  chat_format:
    description:
      - V(slack) is for Slack.
      - V(text) is for Mattermost, Rocket.Chat and others that take a JSON object with C(text).
      - V(teams) is an Adaptive Card, for a workflow of Microsoft Teams.
      - V(json) is the content of V(notify.json), for a program.
    type: str
    choices: [slack, text, teams, json]
    default: slack
  issues:
    description: The service that has the issues. Without it, there are none.
    type: str
    choices: [github, gitlab]
  issues_token:
    description:
      - The token for the service, which is shown nowhere.
      - If it is not set, the variable C(post_message_issues_token) or the environment variable E(GITHUB_TOKEN) or E(GITLAB_TOKEN) counts.
    type: str
  issues_api_url:
    description:
      - The address of the service's API, by default that in the environment variable E(GITHUB_API_URL) or E(CI_API_V4_URL), else that of
        github.com or gitlab.com. It must begin with https, unless the host is a loopback address.
    type: str
  issues_project:
    description: The repository as C(owner/name), or the number or path of GitLab's project, by default that of the CI job.
    type: str
  issues_label:
    description: The label by which the issues are found again. Leave it on the issues.
    type: str
    default: telnyx-check
  merge_request:
    description: The number of a pull request or merge request that gets a comment in place of an issue, by default that of the CI job.
    type: int
  retries:
    description:
      - How often a request is sent again after a fault of the connection and the statuses 408, 429, 500, 502, 503 and 504. The header
        C(Retry-After) is respected; if it asks for more than 120 seconds, that is an error.
    type: int
    default: 3
  timeout:
    description: Seconds for one request.
    type: int
    default: 30
  validate_certs:
    description: Whether TLS certificates are checked.
    type: bool
    default: true
  ca_path:
    description: A file with the certificates of the authorities to trust.
    type: path
notes:
  - It does not read the account, so it needs no API key.
"""

EXAMPLES = r"""
- name: Post the news to a chat and update the issues
  siptrunk.telnyx.post_message:
    report_dirs: [telnyx-reports/drift, telnyx-reports/policy]
    chat_format: text
    issues: github
    issues_project: example/telephony
  delegate_to: localhost
  run_once: true
"""

RETURN = r"""
posted:
  description: What was done for each report and place.
  returned: when the options are valid
  type: list
  elements: dict
  contains:
    report_dir:
      description: The folder of the report.
      returned: always
      type: str
    check:
      description: The check.
      returned: always
      type: str
    account:
      description: The account label or null.
      returned: always
      type: str
    status:
      description: The status of the check.
      returned: always
      type: str
    to:
      description: V(chat), V(issue) or V(comment).
      returned: always
      type: str
    action:
      description: What was done, such as V(posted), V(created), V(updated), V(commented), V(reopened), V(closed) or V(none).
      returned: always
      type: str
    url:
      description: The address of the issue or comment, or an empty text.
      returned: always
      type: str
  sample:
    - report_dir: /srv/telnyx-reports/drift
      check: drift
      account: null
      status: drift
      to: issue
      action: commented
      url: https://github.com/example/telephony/issues/1
"""
