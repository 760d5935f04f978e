"""The list of all projects that a repository has: JSON, HTML or plain text."""

from __future__ import annotations

import json

import pytest

from xpip.core.simple.project_list import UnreadableList, read_names_file, read_project_list

JSON = "application/vnd.pypi.simple.v1+json"


def listed(*names: object, version: str = "1.4") -> bytes:
    """A root page as PEP 691 has it."""
    projects = [{"name": name, "_last-serial": 1} for name in names]
    return json.dumps({"meta": {"api-version": version}, "projects": projects}).encode()


def test_project_list_reads_json_and_normalises() -> None:
    """Names there may be as their owners wrote them (PEP 503)."""
    assert read_project_list(listed("Acme_Lib", "spam"), JSON) == {"acme-lib", "spam"}


def test_project_list_reads_html_by_where_links_lead() -> None:
    """The text of a link may be anything; its address is normalised."""
    page = b'<a href="/simple/acme-lib/">Acme Lib</a> <a href="spam/">spam</a>'

    assert read_project_list(page, "text/html; charset=utf-8") == {"acme-lib", "spam"}


def test_project_list_leaves_out_what_can_be_no_name() -> None:
    """A server's list is not trusted to hold names alone."""
    assert read_project_list(listed("spam", "../x", "\u202espam", ""), JSON) == {"spam"}


@pytest.mark.parametrize(
    ("raw", "content_type"),
    [
        (b"{", JSON),
        (b"[]", JSON),
        (b'{"projects": [1]}', JSON),
        (listed(3), JSON),
        (listed("spam", version="2.0"), JSON),
        (b"<html><body>Please log in</body></html>", "text/html"),
        (b"spam\n", "text/plain"),
        (b"", ""),
    ],
)
def test_project_list_is_refused_when_it_is_none(raw: bytes, content_type: str) -> None:
    """An empty list would say that every name is free."""
    with pytest.raises(UnreadableList):
        read_project_list(raw, content_type)


@pytest.mark.parametrize(
    "raw",
    [
        b"Acme_Lib # ours\n\n# all of them\nspam\n",
        listed("acme-lib", "spam"),
        b'<a href="acme-lib/"></a><a href="spam/"></a>',
    ],
)
def test_names_file_is_a_saved_page_or_lines(raw: bytes) -> None:
    """Whatever was saved can be given."""
    assert read_names_file(raw) == {"acme-lib", "spam"}


def test_names_file_is_refused_with_the_line_that_is_no_name() -> None:
    """Nothing in a file of the user's is ignored."""
    with pytest.raises(UnreadableList, match="line 2: 'spam eggs' is no project's name"):
        read_names_file(b"spam\nspam eggs\n")
