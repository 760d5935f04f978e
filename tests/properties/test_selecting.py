"""Of a release, the file that is chosen at once is the one that a look at every file gives."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from packaging.utils import canonicalize_name
from packaging.version import Version
from tests.support.stage import LINUX

from xpip.core.decisions import Candidate, Origin, Ruling
from xpip.core.facts import File, Hash, ProjectPage, Release, Repository
from xpip.core.file_hosts import FileHosts
from xpip.core.policy import Policy, RepositoryGroup
from xpip.core.selection import AdmittedPage, Selection, Withheld

SPAM = canonicalize_name("spam")
V1 = Version("1.0")
HOSTS = ("https://corp.example", "https://other.example", "ftp://corp.example")
TAGS = (
    *("py3-none-any", "2-py3-none-any", "cp312-cp312-linux_x86_64", "cp312-cp312-win_amd64"),
    *("py2.py3-none-any", "cp312-cp312-linux_x86_64.manylinux_2_17_x86_64", "x-py3-none-any"),
)
NAMES = (*(f"spam-1.0-{tags}.whl" for tags in TAGS), "spam-1.0.tar.gz", "spam-1.0.zip")

files = st.builds(
    lambda name, host, digest, **said: File(
        filename=name, url=f"{host}/{name}", hashes=(Hash("sha256", digest),), **said
    ),
    st.sampled_from(NAMES),
    st.sampled_from(HOSTS),
    st.sampled_from(["aa", "bb"]),
    requires_python=st.sampled_from([None, ">=3.9", ">=4"]),
    yanked=st.booleans(),
)


def admitted(name: str, listed: list[File]) -> AdmittedPage:
    repository = Repository(url=f"https://{name}.example/simple/")
    page = ProjectPage(
        project=SPAM,
        repository=repository,
        url=repository.project_url(SPAM),
        releases=(Release(version=V1, files=listed),),
    )
    group = RepositoryGroup(name=name, mirrors=(repository,), declared_at="--index-url")
    origin = Origin(
        group=name, repository=repository.url, page_url=page.url, rule="", ruling=Ruling.TRACKED
    )
    hosts = FileHosts(group, (), strict=False)
    return AdmittedPage(page=page, group=group, origin=origin, hosts=hosts)


@given(st.lists(files, max_size=8), st.lists(files, max_size=3))
def test_best_file_is_the_same_when_only_names_are_looked_at_first(
    corp: list[File], other: list[File]
) -> None:
    """Semantics 6.2, and 6.1 where the best one is refused."""
    pages = [admitted("corp", corp), admitted("other", other)]
    selection = Selection(SPAM, pages, policy=Policy(groups=()), target=LINUX)
    if V1 not in selection.versions:
        return
    release = selection.release(V1)
    offered = [each for each in (release.withheld, *release.candidates[:1]) if each]
    assert [_described(each) for each in release.options] == [_described(each) for each in offered]


def _described(option: Candidate | Withheld) -> object:
    return option if isinstance(option, Withheld) else (option.file, option.origin)
