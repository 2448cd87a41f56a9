"""ansible-builder finds what the collection needs, and creates a build context from the example; no container is built."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import yaml
from ee.commands import ROOT, run
from packaging.requirements import Requirement

EXAMPLE = ROOT / "docs" / "ee" / "execution-environment.yml"


def requirements(lines: list[str]) -> dict[str, Requirement]:
    """The requirements by name."""
    return {each.name: each for each in (Requirement(line.partition("#")[0]) for line in lines)}


def test_the_example_becomes_a_build_context_that_installs_the_collection_and_its_libraries(
    tmp_path: Path, archive: Path
) -> None:
    shutil.copy(EXAMPLE, tmp_path)
    shutil.copy(archive, tmp_path)
    assert "outdated" not in run(tmp_path, "ansible-builder", "create", "--verbosity", "3", "--file", EXAMPLE.name)
    context = tmp_path / "context"
    (file,) = [each for each in (context / "Containerfile", context / "Dockerfile") if each.exists()]
    steps = file.read_text(encoding="utf-8")
    assert f'ARG EE_BASE_IMAGE="{yaml.safe_load(EXAMPLE.read_text())["images"]["base_image"]["name"]}"' in steps

    # The step of the Galaxy stage, in the folder that the context copies to the image's WORKDIR.
    assert "COPY _build /build\nWORKDIR /build" in steps
    assert re.search(r"^RUN .*ansible-galaxy collection install .* -r requirements.yml", steps, re.MULTILINE)
    image = tmp_path / "image"
    install = ("ansible-galaxy", "collection", "install", "--offline", "-r", "requirements.yml", "-p", image)
    run(context / "_build", *install, ANSIBLE_COLLECTIONS_PATH=str(image), PYTHONPATH="")

    # The step of the builder stage, with the program that the context brings.
    assert re.search(r"^RUN \$PYCMD /output/scripts/introspect.py introspect ", steps, re.MULTILINE)
    program = context / "_build" / "scripts" / "introspect.py"
    found = yaml.safe_load(run(tmp_path, "python", program, "introspect", "--write-pip", "pip.txt", image))
    assert set(requirements(found["python"])) == {"requests", "jmespath"}
    assert found["system"] == []
    installed = requirements((tmp_path / "pip.txt").read_text(encoding="utf-8").splitlines())
    for name, requirement in requirements(found["python"]).items():
        assert installed[name] == requirement
        assert sorted(each.operator for each in requirement.specifier) == ["<", ">="]


def test_introspection_of_the_installed_collection_agrees_with_the_tests_and_the_example(
    tmp_path: Path, archive: Path
) -> None:
    place = tmp_path / "ansible_collections" / "siptrunk" / "telnyx"
    place.mkdir(parents=True)
    shutil.unpack_archive(archive, place, filter="data")
    found = yaml.safe_load(run(tmp_path, "ansible-builder", "introspect", tmp_path))
    assert all(line.endswith("# from collection siptrunk.telnyx") for line in found["python"])

    for lock in (ROOT / "requirements").glob("core-*.txt"):
        pins = dict(re.findall(r"^([\w-]+)==([\w.]+)", lock.read_text(encoding="utf-8"), re.MULTILINE))
        assert all(pins[name] in each.specifier for name, each in requirements(found["python"]).items()), lock.name

    core = Requirement(yaml.safe_load(EXAMPLE.read_text())["dependencies"]["ansible_core"]["package_pip"])
    required = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text(encoding="utf-8"))["requires_ansible"]
    assert required.removesuffix(".0") in {str(each) for each in core.specifier}
