"""Which repositories may speak for a name? Decided by the name alone, never by who asks.

Without a mapping file every group of the policy may speak for every name, in the order
declared; whether their pages may be one namespace is the judge's question, not this one.
"""

from __future__ import annotations

from packaging.utils import NormalizedName

from xpip.core.decisions import Routing
from xpip.core.policy import Policy

NO_MAP = "no mapping file: every repository in use"


def route(project: NormalizedName, policy: Policy) -> Routing:
    """The groups that are asked for this project."""
    return Routing(project=project, groups=policy.groups, rule=NO_MAP)
