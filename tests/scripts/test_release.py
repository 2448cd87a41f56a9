"""A release: what is refused, and a dry run with the real changelog, archive and checks."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

import archive
import release
from release import ReleaseError, git

# All that a user finds at the top of the archive.
ARCHIVED = {"CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "README.md", "SECURITY.md", "MANIFEST.json", "FILES.json"}
ARCHIVED |= {"changelogs", "docs", "meta", "playbooks", "plugins", "roles"}

# In the form of antsibull-changelog.
CHANGELOG = """# Notes

<a id="v1-2-3"></a>
## v1\\.2\\.3

* New\\.

<a id="v1-0-0"></a>
## v1\\.0\\.0

* Old\\.
"""


def committed(folder: Path) -> Path:
    """The folder as a Git repository with one commit of all that is in it."""
    git(folder, "init", "--quiet", "--initial-branch", "main")
    git(folder, "config", "user.name", "A Tester")
    git(folder, "config", "user.email", "tester@example.com")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "All")
    return folder


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with what a release looks at, and with the tags of earlier releases."""
    files = {
        "galaxy.yml": "name: telnyx\nversion: 1.2.3\n",
        "plugins/plugin_utils/_api/version.py": 'VERSION = "1.2.3"\n',
        "docs/ci/requirements.yml": "collections:\n  - name: url\n    version: 1.2.3\n",
        "changelogs/fragments/1.yml": "bugfixes: [One.]\n",
        "CHANGELOG.md": CHANGELOG,
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    committed(tmp_path)
    for tag in ("1.2.3", "1.10.0-rc.1", "1.9.0", "some-other-tag"):
        git(tmp_path, "tag", tag)
    return tmp_path


def test_versions_are_ordered_as_semver_says() -> None:
    # The example of https://semver.org/#spec-item-11, and numbers of several digits.
    ordered = "0.9.0 1.0.0-alpha 1.0.0-alpha.1 1.0.0-alpha.beta 1.0.0-beta 1.0.0-beta.2 1.0.0-beta.11 1.0.0-rc.1 1.0.0 1.9.0 1.10.0"
    assert sorted(sorted(ordered.split()), key=release.precedence) == ordered.split()


@pytest.mark.parametrize("version", ["1.10.0-rc.2", "1.10.0", "1.10.1", "2.0.0"])
def test_a_higher_version_can_be_released(repository: Path, version: str) -> None:
    release.check_request(repository, version)


@pytest.mark.parametrize(
    "version", ["", "1.11", "v1.11.0", "1.11.0.0", "01.11.0", "1.11.0-", "1.11.0-01", "1.11.0+build", "1.11.0\n"]
)
def test_what_is_no_version_is_refused(repository: Path, version: str) -> None:
    with pytest.raises(ReleaseError, match=r"is not a version such as 1\.2\.3"):
        release.check_request(repository, version)


@pytest.mark.parametrize("version", ["1.2.4", "1.9.1", "1.10.0-alpha"])
def test_a_version_that_is_not_higher_is_refused(repository: Path, version: str) -> None:
    with pytest.raises(ReleaseError, match=r"is not higher than 1\.10\.0-rc\.1"):
        release.check_request(repository, version)


def test_a_tag_that_exists_is_refused(repository: Path) -> None:
    with pytest.raises(ReleaseError, match=r"The tag 1\.9\.0 exists already"):
        release.check_request(repository, "1.9.0")


@pytest.mark.parametrize("file", ["galaxy.yml", "new.txt"])
def test_a_work_tree_with_changes_is_refused(repository: Path, file: str) -> None:
    with (repository / file).open("a", encoding="utf-8") as stream:
        stream.write("# changed\n")
    with pytest.raises(ReleaseError, match=rf"not committed:\n.*{re.escape(file)}"):
        release.check_request(repository, "2.0.0")


def test_a_changelog_without_fragments_is_refused(repository: Path) -> None:
    git(repository, "rm", "--quiet", "changelogs/fragments/1.yml")
    git(repository, "commit", "--quiet", "--message", "Fragments are gone")
    with pytest.raises(ReleaseError, match="no fragment"):
        release.check_request(repository, "2.0.0")


def test_a_refused_release_writes_nothing(repository: Path) -> None:
    with pytest.raises(ReleaseError):
        release.release(repository, "1.0.0", dry_run=False)
    assert not (repository / ".build").exists()


def test_the_version_is_set_everywhere(repository: Path) -> None:
    release.set_version(repository, "2.0.0-rc.1")
    changed = [line for line in git(repository, "diff", "--unified=0").splitlines() if re.match(r"[+-][^+-]", line)]
    assert [line[1:].replace("2.0.0-rc.1", "1.2.3") for line in changed if line[0] == "+"] == [
        line[1:] for line in changed if line[0] == "-"
    ]
    assert len(changed) == 2 * len(release.VERSION_LINES)


def test_a_place_of_the_version_that_is_gone_is_refused(repository: Path) -> None:
    (repository / "plugins/plugin_utils/_api/version.py").write_text("NUMBER = 1\n", encoding="utf-8")
    with pytest.raises(ReleaseError, match=r"version\.py is expected to have one line with the version, but has 0"):
        release.set_version(repository, "2.0.0")
    (repository / "plugins/plugin_utils/_api/version.py").unlink()
    with pytest.raises(ReleaseError, match=r"is expected to be one file, but is 0"):
        release.set_version(repository, "2.0.0")


def test_notes_are_the_part_of_the_changelog(repository: Path) -> None:
    assert release.notes(repository, "1.2.3") == "* New\\.\n"


def test_notes_of_another_version_are_refused(repository: Path) -> None:
    with pytest.raises(ReleaseError, match=r"galaxy\.yml does not have the version 1\.0\.0"):
        release.notes(repository, "1.0.0")
    (repository / "galaxy.yml").write_text("version: 3.0.0\n", encoding="utf-8")
    with pytest.raises(ReleaseError, match=r"CHANGELOG\.md has nothing about 3\.0\.0"):
        release.notes(repository, "3.0.0")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project as a repository of its own, with one commit that has its uncommitted changes too."""
    folder = tmp_path_factory.mktemp("project")
    for name in git(ROOT, "ls-files", "--cached", "--others", "--exclude-standard").splitlines():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes((ROOT / name).read_bytes())
    return committed(folder)


def plain(markdown: str) -> str:
    """The text without backslashes, and with one space for any white space."""
    return " ".join(markdown.replace("\\", "").split())


def plain_sentences(fragments: Path) -> list[str]:
    """The entries of all fragments that have no markup."""
    found: list[str] = []
    for file in sorted(fragments.glob("*.yml")):
        for entries in yaml.safe_load(file.read_text(encoding="utf-8")).values():
            found += [entries] if isinstance(entries, str) else entries
    return [" ".join(entry.split()) for entry in found if not re.search(r"[`*_\\]", entry)]


def test_a_dry_run_does_everything_in_a_clone_only(project: Path) -> None:
    before = git(project, "rev-parse", "HEAD")
    sentences = plain_sentences(project / "changelogs/fragments")
    assert len(sentences) > 1

    command = [sys.executable, "scripts/release.py", "7.8.9", "--dry-run"]
    done = subprocess.run(command, cwd=project, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr

    built = project / ".build/release/archive/siptrunk-telnyx-7.8.9.tar.gz"
    with tarfile.open(built) as content:
        assert {name.split("/")[0] for name in content.getnames()} == ARCHIVED
        manifest = content.extractfile("MANIFEST.json")
        changelog = content.extractfile("CHANGELOG.md")
        assert manifest
        assert changelog
        assert json.load(manifest)["collection_info"]["version"] == "7.8.9"
        in_changelog = plain(changelog.read().decode())
    in_notes = plain((project / ".build/release/notes.md").read_text(encoding="utf-8"))
    for sentence in sentences:
        assert sentence in in_changelog
        assert sentence in in_notes

    clone = project / ".build/release" / release.COLLECTION
    assert git(clone, "tag", "--points-at", "HEAD") == "7.8.9"
    assert git(clone, "log", "--format=%an: %s", f"{before}..") == "A Tester: Release 7.8.9"
    assert git(clone, "status", "--porcelain") == ""
    changed = git(clone, "diff", "--name-status", before).splitlines()
    assert {line.split("\t")[1] for line in changed if not line.startswith("D\tchangelogs/fragments/")} == {
        "CHANGELOG.md",
        "changelogs/changelog.yaml",
        "docs/ci/requirements.yml",
        "galaxy.yml",
        *(str(file.relative_to(project)) for file in project.glob("plugins/plugin_utils/_api/version.py")),
    }
    assert not [*(clone / "changelogs/fragments").glob("*.yml")]

    assert git(project, "rev-parse", "HEAD") == before
    assert git(project, "status", "--porcelain") == ""
    assert git(project, "tag", "--list") == ""


def test_a_release_brings_commit_and_tag_into_the_repository(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # The dry run has the real changelog and archive; this is about what comes after them.
    def write_changelog(*_command: str, folder: Path, **_others: object) -> None:
        (folder / "CHANGELOG.md").write_text("# Notes\n\n## v2.0.0\n\n- Newest.\n", encoding="utf-8")

    monkeypatch.setattr(archive, "run", write_changelog)
    monkeypatch.setattr(archive, "build", lambda _collection, folder: folder / "archive.tar.gz")
    monkeypatch.setattr(archive, "check", lambda _archive, _collection: None)
    (repository / ".gitignore").write_text("/.build/\n", encoding="utf-8")
    git(repository, "add", ".gitignore")
    git(repository, "commit", "--quiet", "--message", "Ignored files")
    release.release(repository, "2.0.0", dry_run=False)
    assert git(repository, "log", "-1", "--format=%s", "2.0.0") == "Release 2.0.0"
    assert git(repository, "rev-parse", "2.0.0^{commit}") == git(repository, "rev-parse", "main")
    assert git(repository, "cat-file", "-t", "2.0.0") == "tag"
    assert git(repository, "status", "--porcelain") == ""
    assert "version: 2.0.0" in (repository / "galaxy.yml").read_text(encoding="utf-8")


def test_a_check_that_fails_leaves_the_repository_as_it_is(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*command: str, **_others: object) -> None:
        raise subprocess.CalledProcessError(1, command)

    monkeypatch.setattr(archive, "run", fail)
    before = git(repository, "rev-parse", "HEAD")
    with pytest.raises(subprocess.CalledProcessError):
        release.release(repository, "2.0.0", dry_run=False)
    assert git(repository, "rev-parse", "HEAD") == before
    assert git(repository, "tag", "--list", "2.0.0") == ""
