"""Prepare a release: version, changelog, archive, checks, commit and tag.

Everything happens in a clone of the repository under .build/release. Only when all of it has succeeded are the commit and the tag
fetched into the repository; a dry run leaves out this last step. Nothing is pushed.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import archive

ROOT = Path(__file__).parents[1]
COLLECTION = Path("ansible_collections") / "siptrunk" / "telnyx"
# https://semver.org, without build metadata, which does not make a version higher than another.
NUMBER = r"(?:0|[1-9]\d*)"
VERSION = re.compile(
    rf"({NUMBER})\.({NUMBER})\.({NUMBER})(?:-((?:{NUMBER}|\d*[A-Za-z-][\dA-Za-z-]*)(?:\.(?:{NUMBER}|\d*[A-Za-z-][\dA-Za-z-]*))*))?"
)
# The lines that have the version: a file pattern that matches one file, and a pattern of the line.
VERSION_LINES = (
    ("galaxy.yml", r"^(version: )\S+()$"),
    ("plugins/plugin_utils/_api/version.py", r'^(VERSION = ")[^"]+(")$'),
    ("docs/ci/requirements.yml", r"^( +version: )\S+()$"),
)


class ReleaseError(Exception):
    """The release is not possible; the text says why."""


def git(folder: Path, *arguments: str) -> str:
    """Run git in a folder and return what it prints, without the last line break."""
    command = ["git", *arguments]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout.rstrip("\n")


def precedence(version: str) -> tuple[object, ...]:
    """Return a key that orders versions as semver.org does: numbers by value, and a pre-release before its release."""
    match = VERSION.fullmatch(version)
    if not match:
        raise ReleaseError(f"{version!r} is not a version such as 1.2.3 or 1.2.3-rc.1.")
    *numbers, pre_release = match.groups()
    parts = [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in (pre_release or "").split(".")]
    return (*map(int, numbers), pre_release is None, parts)


def versions(root: Path) -> list[str]:
    """Return the versions that have a tag, lowest first; tags of another form are left out."""
    return sorted(filter(VERSION.fullmatch, git(root, "tag", "--list").splitlines()), key=precedence)


def check_request(root: Path, version: str) -> None:
    """Raise `ReleaseError` unless `version` can be released from the repository as it stands."""
    wanted = precedence(version)
    released = versions(root)
    if version in released:
        raise ReleaseError(f"The tag {version} exists already.")
    if released and wanted <= precedence(released[-1]):
        raise ReleaseError(f"{version} is not higher than {released[-1]}, the last release.")
    changed = git(root, "status", "--porcelain")
    if changed:
        raise ReleaseError(f"The work tree has changes that are not committed:\n{changed}")
    if not [*(root / "changelogs" / "fragments").glob("*.y*ml")]:
        raise ReleaseError("There is no fragment in changelogs/fragments, so the changelog would be empty.")


def set_version(root: Path, version: str) -> None:
    """Write the version to every file of `VERSION_LINES`; `ReleaseError` if a file or its line is missing or ambiguous."""
    for pattern, line in VERSION_LINES:
        files = [*root.glob(pattern)]
        if len(files) != 1:
            raise ReleaseError(f"{pattern} is expected to be one file, but is {len(files)}.")
        text, count = re.subn(line, rf"\g<1>{version}\2", files[0].read_text(encoding="utf-8"), flags=re.MULTILINE)
        if count != 1:
            raise ReleaseError(f"{files[0].name} is expected to have one line with the version, but has {count}.")
        files[0].write_text(text, encoding="utf-8")


def notes(root: Path, version: str) -> str:
    """Return the part of CHANGELOG.md about `version`. Raise `ReleaseError` if galaxy.yml has another version, or there is no such part."""
    galaxy = (root / "galaxy.yml").read_text(encoding="utf-8")
    if f"version: {version}" not in galaxy.splitlines():
        raise ReleaseError(f"galaxy.yml does not have the version {version}.")
    text = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    # An anchor precedes each heading, and antsibull-changelog puts a backslash before all punctuation.
    text = re.sub(r"^<a id=.*\n", "", text, flags=re.MULTILINE)
    _title, *parts = re.split(r"^## v(\S+)\n", text, flags=re.MULTILINE)
    for heading, part in zip(parts[::2], parts[1::2]):
        if heading.replace("\\", "") == version:
            return part.strip() + "\n"
    raise ReleaseError(f"CHANGELOG.md has nothing about {version}.")


def release(root: Path, version: str, dry_run: bool) -> Path:
    """Release `version` from the commit that is checked out in `root`, and return the archive's path.

    `ReleaseError` says why it is not possible, and `CalledProcessError` which program failed; the repository is unchanged after either.
    """
    check_request(root, version)
    folder = root / ".build" / "release"
    shutil.rmtree(folder, ignore_errors=True)
    clone = folder / COLLECTION
    git(root, "clone", "--quiet", "--no-hardlinks", str(root), str(clone))
    for name in ("user.name", "user.email"):  # The repository's own settings are not cloned.
        value = git(root, "config", "--default", "", name)
        if value:
            git(clone, "config", name, value)
    set_version(clone, version)
    home = folder / "home"
    archive.run("antsibull-changelog", "release", folder=clone, home=home, ANSIBLE_COLLECTIONS_PATH=str(folder))
    (folder / "notes.md").write_text(notes(clone, version), encoding="utf-8")
    git(clone, "add", "--all")
    built = archive.build(clone, folder / "archive")
    archive.check(built, clone)
    git(clone, "commit", "--quiet", "--message", f"Release {version}")
    git(clone, "tag", "--annotate", version, "--message", f"siptrunk.telnyx {version}")
    if not dry_run:
        git(root, "fetch", "--quiet", "--no-tags", str(clone), "HEAD")
        git(root, "merge", "--quiet", "--ff-only", "FETCH_HEAD")
        git(root, "fetch", "--quiet", "--no-tags", str(clone), f"refs/tags/{version}:refs/tags/{version}")
    return built


def main() -> int:
    """Run the command, and return its exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("version", help="such as 1.2.3; the tag has the same name")
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--dry-run", action="store_true", help="do everything in the clone only")
    mode.add_argument("--notes", action="store_true", help="print the changelog of a release that is checked out")
    arguments = parser.parse_args()
    try:
        if arguments.notes:
            print(notes(ROOT, arguments.version), end="")
            return 0
        built = release(ROOT, arguments.version, arguments.dry_run)
    except ReleaseError as error:
        print(f"No release: {error}", file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as error:
        print(f"No release: {error}\n{error.stderr or ''}", file=sys.stderr)
        return 1
    print(f"The archive: {built.relative_to(ROOT)}")
    if arguments.dry_run:
        print(f"A dry run: commit and tag are in {built.parents[1].relative_to(ROOT) / COLLECTION} only.")
    else:
        print(f"Publish it by: git push --atomic origin HEAD {arguments.version}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
