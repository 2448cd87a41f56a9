"""The issues and comments that the reports of several nights lead to, in fakes of GitHub and GitLab.

The fakes check each request by what the services publish, see ``tests/services/published.py``.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.siptrunk.telnyx.plugins.module_utils._checks.acceptance import make_acceptance
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import PostError
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._posting.posting import post_issue
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._posting.reports import read_check_report
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._posting.texts import new_marker
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.overview import write_unfinished_overview
from posting import LABEL, Nights, Waits, report, service, write_accounts
from report_models import NAMES, drift_model, policy_model
from sandbox.account import make_connection
from services.fakes import Fault, Services
from services.issues import BOT, MEMBER, PERSON, Project

each_service = pytest.mark.parametrize("name", ["github", "gitlab"])


@pytest.fixture(autouse=True)
def no_problem(services: Services) -> Iterator[None]:
    """Every request is as the service publishes."""
    yield
    assert services.problems == []


def project(services: Services, name: str) -> Project:
    return services.github if name == "github" else services.gitlab


def written(services: Services, name: str) -> list[str]:
    """The comments of the first issue, without those that GitLab adds itself."""
    return [each.body for each in project(services, name).opened[0].comments if not each.system]


@each_service
def test_nights_with_a_history(services: Services, name: str, tmp_path: Path) -> None:
    night = Nights(tmp_path, service(services, name))
    assert night(set()) == "none"
    assert night({1}) == "created"
    assert [night({1}), night({1})] == ["updated", "updated"]
    assert written(services, name) == []
    assert night({1, 2}) == "commented"
    assert "1 new, 0 resolved, 2 in all" in written(services, name)[0]
    assert night(None) == "commented"
    assert [night(None), night(None)] == ["updated", "updated"]
    assert project(services, name).opened[0].is_open
    assert night({1, 2}) == "commented"
    assert night(set()) == "closed"
    assert [night(set()), night(set())] == ["none", "none"]
    assert night({1, 2}) == "reopened"
    assert night(None) == "commented"
    assert night(set()) == "closed"
    assert len(written(services, name)) == 7
    assert len(project(services, name).issues) == 1


@each_service
def test_nights_without_a_history(services: Services, name: str, tmp_path: Path) -> None:
    night = Nights(tmp_path, service(services, name))
    sets: list[set[int]] = [{1}, {1}, {1, 2}, {2}, set(), set(), {2}]
    actions = [night(each, history=False) for each in sets]
    assert actions == ["created", "updated", "commented", "commented", "closed", "none", "reopened"]


@each_service
@pytest.mark.parametrize("history", [True, False])
def test_overview_of_several_accounts(services: Services, name: str, history: bool, tmp_path: Path) -> None:
    nights: list[tuple[dict[str, set[int] | None], str]] = [
        ({"berlin": set(), "paris": set()}, "none"),
        ({"berlin": {1}, "paris": set()}, "created"),
        ({"berlin": {1}, "paris": set(), "lab": set()}, "updated"),
        ({"berlin": {2}, "paris": set()}, "commented"),  # as many findings, but another one
        ({"berlin": {2}, "paris": None}, "commented"),
        ({"berlin": {2}, "paris": None}, "updated"),
        ({"berlin": set(), "paris": None}, "commented"),
        ({"berlin": set(), "paris": set()}, "closed"),
    ]
    for number, (accounts, action) in enumerate(nights):
        write_accounts(tmp_path, number, accounts, history=history)
        found = read_check_report(str(tmp_path / "reports"))
        assert post_issue(service(services, name), found)["action"] == action, number
    comments = written(services, name)
    assert len(comments) == 4
    assert ["Nothing is known" in each for each in comments] == [False] * 4
    assert ("New:\n\n- berlin, drift: drifted" in comments[0]) == history
    assert ("Resolved:\n\n- berlin, drift: drifted" in comments[0]) == history
    assert "- berlin: drift" in comments[0]
    assert "- paris: drift" in comments[1]


def test_overview_that_is_not_finished_keeps_the_last_one(services: Services, tmp_path: Path) -> None:
    write_accounts(tmp_path, 1, {"berlin": {1}, "paris": set()})
    post_issue(service(services, "github"), read_check_report(str(tmp_path / "reports")))
    (issue,) = services.github.opened
    assert "| berlin |" in issue.body
    write_unfinished_overview(str(tmp_path / "reports"))
    assert (
        post_issue(service(services, "github"), read_check_report(str(tmp_path / "reports")))["action"] == "commented"
    )
    assert "The check did not finish" in issue.body.partition("last complete check")[0]
    assert "| berlin |" in issue.body.partition("last complete check")[2]
    assert "Nothing is known" in issue.comments[0].body


@each_service
def test_error_is_one_issue_and_is_closed_after_a_good_run(services: Services, name: str, tmp_path: Path) -> None:
    night = Nights(tmp_path, service(services, name))
    nights: list[set[int] | None] = [None, None, None, set(), None]
    assert [night(each) for each in nights] == [
        "created",
        "updated",
        "updated",
        "closed",
        "reopened",
    ]
    assert "It is &#60;down&#62;." in project(services, name).opened[0].body


@each_service
def test_error_keeps_the_last_complete_report_below_it(services: Services, name: str, tmp_path: Path) -> None:
    night = Nights(tmp_path, service(services, name))
    night({1})
    (issue,) = project(services, name).opened
    complete = issue.body.partition("\n")[2]
    for _again in range(3):
        night(None)
        above, _mark, below = issue.body.partition("<!-- siptrunk.telnyx end of error -->\n\n")
        assert below == complete
        assert above.count("check: error") == 2  # in the heading and in the summary
    night({1})
    assert "error" not in issue.body.partition("\n")[2]


@each_service
def test_news_that_was_not_posted_is_posted_the_next_night(services: Services, name: str, tmp_path: Path) -> None:
    night = Nights(tmp_path, service(services, name))
    night({1})
    night({1, 2}, post=False)
    assert night({1, 2}) == "commented"
    assert night({1, 2}) == "updated"


@each_service
def test_accepted_finding_is_no_news(services: Services, name: str, tmp_path: Path) -> None:
    night = Nights(tmp_path, service(services, name))
    night({1, 2})
    known = {"reason": "Known", "path": "tags", "id": str(make_connection(1, 1)["id"]), "value": [NAMES[1]]}
    assert night({1, 2}, acceptances=[make_acceptance(known, "entry", None)]) == "updated"
    assert night({1, 2}) == "commented"


@each_service
def test_post_is_repeated_without_a_second_comment(services: Services, name: str, tmp_path: Path) -> None:
    night = Nights(tmp_path, service(services, name))
    night({1})
    night({2}, post=False)
    found = report(tmp_path / "reports", drift_model())
    actions = [post_issue(night.service, found)["action"] for _again in range(3)]
    assert actions == ["commented", "updated", "updated"]


@each_service
def test_checks_and_accounts_have_issues_of_their_own(services: Services, name: str, tmp_path: Path) -> None:
    labels = (None, "Berlin", "Paris", "Berlin -->")
    nights = [Nights(tmp_path / str(label), service(services, name), label) for label in labels]
    assert [night({1}) for night in nights] == ["created"] * 4
    policy = report(tmp_path / "policy", policy_model())
    assert post_issue(service(services, name), policy)["action"] == "created"
    assert nights[1]({2}) == "commented"
    assert nights[2](set()) == "closed"
    issues = project(services, name).opened
    assert [each.is_open for each in issues] == [True, True, False, True, True]
    assert [len([c for c in each.comments if not c.system]) for each in issues] == [0, 1, 1, 0, 0]
    assert {each.labels[0] for each in issues} == {LABEL}
    assert len({each.title for each in issues}) == 5


@each_service
def test_issues_of_people_are_left_alone(services: Services, name: str, tmp_path: Path) -> None:
    night = Nights(tmp_path, service(services, name))
    night({1}, post=False)
    marker = str(new_marker(report(tmp_path / "reports", drift_model())))
    them = project(services, name)
    foreign = [
        them.add_issue(title="Telnyx drift check", body="Mine", labels=[LABEL], author=PERSON),
        them.add_issue(title="Quotes it", body=f"> {marker}", labels=[LABEL], author=PERSON),
        them.add_issue(title="No label", body=f"{marker}\nMine", author=PERSON),
        them.add_issue(title="Empty", labels=[LABEL], author=PERSON),
        them.add_issue(title="A request", body=f"{marker}\nMine", labels=[LABEL], author=PERSON, is_request=True),
    ]
    before = [(each.title, each.body, each.is_open) for each in foreign]
    assert [night({1}), night({2}), night(set())] == ["created", "commented", "closed"]
    assert [(each.title, each.body, each.is_open) for each in foreign] == before
    assert not any(each.comments for each in foreign)


@each_service
def test_issue_is_found_on_a_later_page(services: Services, name: str, tmp_path: Path) -> None:
    services.page_size = 2
    for number in range(5):
        project(services, name).add_issue(title=str(number), labels=[LABEL], author=PERSON)
    night = Nights(tmp_path, service(services, name))
    assert [night({1}), night({1})] == ["created", "updated"]
    assert len([each for each in services.requests if each["method"] == "GET"]) == 3 + 3


@each_service
def test_issue_that_a_person_closes_stays_closed_until_there_is_news(
    services: Services, name: str, tmp_path: Path
) -> None:
    night = Nights(tmp_path, service(services, name))
    night({1})
    (issue,) = project(services, name).opened
    issue.is_open = False
    assert [night({1}), night({1, 2})] == ["none", "reopened"]
    issue.is_open = False
    assert [night(set()), night(set()), night({1, 2})] == ["updated", "none", "reopened"]


@each_service
def test_comment_of_a_request_is_updated_in_place(services: Services, name: str, tmp_path: Path) -> None:
    them = project(services, name)
    request = them.add_issue(title="Change the baseline", is_request=True, author=MEMBER)
    night = Nights(tmp_path, service(services, name, request.number))
    marker = str(new_marker(report(tmp_path / "reports", drift_model())))
    them.add_comment(request, f"{marker}\nNot of this program", PERSON)
    assert night(set()) == "none"
    assert [night(each) for each in ({1}, {1}, {2}, None, set())] == ["created"] + ["updated"] * 4
    theirs, mine = request.comments
    assert theirs.body == f"{marker}\nNot of this program"
    assert "in sync" in mine.body
    assert mine.author == BOT
    assert them.opened == []


@each_service
def test_body_is_cut_to_what_the_service_accepts(services: Services, name: str, tmp_path: Path) -> None:
    night = Nights(tmp_path, service(services, name))
    assert night.service.body_limit < {"github": 65_536, "gitlab": 1_048_576}[name]
    night.service.body_limit = 20_000
    for drifted, action in ((set(range(200)), "created"), (None, "commented"), (set(range(199)), "commented")):
        assert night(drifted, count=250) == action
        (issue,) = project(services, name).opened
        assert 18_000 < len(issue.body.encode()) <= 20_000
        assert issue.body.endswith(" |\n\nThis text is cut here; the reports of the run have the rest.\n")


@pytest.mark.parametrize(
    ("fault", "waits"),
    [
        (Fault(429, {"Retry-After": "7"}), [7.0]),
        (Fault(503), [1.0]),
        (Fault(502), [1.0]),
        (Fault(403, {"Retry-After": "3"}), [3.0]),
        (Fault(403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "9"}), [9.0]),
    ],
)
def test_request_is_sent_again_after_the_wait_that_is_asked_for(
    services: Services, tmp_path: Path, fault: Fault, waits: list[float]
) -> None:
    waited = Waits()
    night = Nights(tmp_path, service(services, "github", sender=waited.sender()))
    services.faults = [fault]
    assert night({1}) == "created"
    assert waited == waits


@each_service
def test_issue_that_was_created_despite_an_error_is_not_created_twice(
    services: Services, name: str, tmp_path: Path
) -> None:
    listed = Fault(200, {"Content-Type": "application/json"}, "[]")
    night = Nights(tmp_path, service(services, name))
    services.faults = [listed, Fault(502, done=True)]
    assert night({1}) == "updated"
    services.faults = [listed, Fault(502), listed]
    other = Nights(tmp_path / "b", service(services, name), "b")
    assert other({1}) == "created"
    assert len(project(services, name).opened) == 2


@pytest.mark.parametrize(
    ("status", "headers", "text"),
    [
        (401, {}, "Set issues_token, or GITHUB_TOKEN"),
        (403, {}, "needs the permission issues: write"),
        (404, {}, "Is the repository example/telephony right"),
        (410, {}, "Switch the issues of the repository on"),
        (422, {}, "HTTP 422 Unprocessable"),
        (301, {"Location": "http://127.0.0.2/"}, "A redirect is not followed"),
        (429, {"Retry-After": "100000"}, "asks for a wait of 100000 s"),
        (500, {}, "HTTP 500 Internal Server Error"),
        (200, {}, "the response is not that of the API"),
    ],
)
def test_error_says_what_to_do(
    services: Services, tmp_path: Path, status: int, headers: dict[str, str], text: str
) -> None:
    night = Nights(tmp_path, service(services, "github"))
    services.faults = [Fault(status, headers, "Bearer ghs_c4n4ryGitHubToken")] * 5
    with pytest.raises(PostError) as caught:
        night({1})
    assert text in str(caught.value)
    assert "c4n4ry" not in str(caught.value)
    assert caught.value.status == (None if status == 200 else status)
    assert len(services.requests) == (4 if status == 500 else 1)
