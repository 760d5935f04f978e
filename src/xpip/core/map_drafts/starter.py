"""A first mapping file, which teaches by example.

It loads as it stands. A line that begins with `#` and no space is one to take into use.
"""

from __future__ import annotations

_TEXT = """\
# This file says where every project name may come from: `xpip help mapping-file`.
# Lines like `#this = "one"`, with no space after the #, are examples to take into use.

schema = 1

# Repositories: a name of your choice, and its URLs. Several URLs are mirrors of one another.

[repositories.pypi]
urls = ["PUBLIC"]

#[repositories.corp]
#urls = ["https://pypi.corp.example/simple/"]
#auth = "required"                       # fail before the first request without credentials:
#                                        # XPIP_CORP_USERNAME and XPIP_CORP_PASSWORD, or _TOKEN
#file-hosts = ["files.corp.example"]     # where its files lie, if not beside its pages

#[repositories.wheelhouse]
#urls = ["./wheels"]                     # a directory, relative to this file

# Rules: the first one that matches a name decides, and the name is sent nowhere else. It does
# not matter who needs it: a dependency of a dependency is routed like what you name yourself.

# Names of your own come first: nobody can take them by registering them elsewhere.
#[[mapping]]
#namespace = ["acme"]                    # acme and acme-*, but not acmefoo
#repositories = ["corp"]

# Nobody may speak for these.
#[[mapping]]
#paths = ["left-pad"]
#repositories = []
#reason = "banned by security, ticket 4711"

# Several repositories for one name that is spelled out: you say that it is the same project.
#[[mapping]]
#paths = ["some-project"]
#repositories = ["wheelhouse", "pypi"]

# Every other name. Without this rule they are all refused (no-rule).
[[mapping]]
paths = ["*"]
repositories = ["pypi"]
#cooldown = "7d"                         # pass over files that are younger than a week
"""


def starter_map(public: str) -> str:
    """The text of the file.

    Args:
        public: URL of the repository that is in use from the start.
    """
    return _TEXT.replace("PUBLIC", public)
