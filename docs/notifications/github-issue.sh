#!/bin/sh
# Keeps one issue for a check in GitHub: github-issue.sh drift. In a job, GH_TOKEN and GH_REPO are set, and the permission is issues: write.
# The issue is opened with the first finding, gets a comment if there is news, and is closed when nothing is left.
set -eu
check=$1
folder=telnyx-reports/$check
field() { python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))[sys.argv[2]])' "$folder/summary.json" "$1"; }

[ "$(field news)" = True ] || exit 0
title="Telnyx: $check check"
# As code, so that no name of a connection is Markdown.
body=$(sed 's/^/    /' "$folder/summary.txt")
issue=$(gh issue list --state open --search "in:title \"$title\"" --json number --jq '.[0].number // empty')
if [ -z "$issue" ]; then
  case $(field status) in in_sync | ok) exit 0 ;; esac
  gh issue create --title "$title" --body "$body"
else
  gh issue comment "$issue" --body "$body"
  case $(field status) in in_sync | ok) gh issue close "$issue" ;; esac
fi
