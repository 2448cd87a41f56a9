# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The attributes of the modules that run on the controller and take no options of the API. A module overrides what differs."""

from __future__ import annotations


class ModuleDocFragment:
    """The fragment ``siptrunk.telnyx.controller``."""

    DOCUMENTATION = r"""
attributes:
  action:
    description: Runs on the controller for every host.
    support: full
  check_mode:
    description: Writes the reports in check mode, too, as the checks do.
    support: full
  diff_mode:
    description: Shows no differences.
    support: none
"""
