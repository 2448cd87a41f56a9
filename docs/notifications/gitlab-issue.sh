#!/bin/sh
# Keeps one issue for a check in GitLab: gitlab-issue.sh drift. GITLAB_TOKEN has the scope api, and the job runs in the repository.
# The issue is opened with the first finding, gets a note if there is news, and is closed when nothing is left.
set -eu
check=$1
folder=telnyx-reports/$check
field() { python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))[sys.argv[2]])' "$folder/summary.json" "$1"; }

[ "$(field news)" = True ] || exit 0
title="Telnyx: $check check"
# As code, so that no name of a connection is Markdown.
body=$(sed 's/^/    /' "$folder/summary.txt")
issue=$(glab issue list --search "$title" --in title --output json | python3 -c 'import json, sys; print(*[i["iid"] for i in json.load(sys.stdin)][:1])')
if [ -z "$issue" ]; then
  case $(field status) in in_sync | ok) exit 0 ;; esac
  glab issue create --title "$title" --description "$body" --yes
else
  glab issue note "$issue" --message "$body"
  case $(field status) in in_sync | ok) glab issue close "$issue" ;; esac
fi
