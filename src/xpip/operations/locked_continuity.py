"""Where what a lock names comes from, and what is installed came from: held to one another.

Imported only where something is replaced of which that is known.
"""

from __future__ import annotations

from collections.abc import Sequence

from xpip.core.continuity import origin_changes
from xpip.core.decisions import Routing, Ruling, Verdict
from xpip.core.discovery import Finding
from xpip.core.planning import Change
from xpip.core.policy import Policy, Target
from xpip.core.reporting.refusals import origin_changed
from xpip.core.selection import Selection
from xpip.operations.locked import Admitted


def check_origins(
    changes: Sequence[Change], admitted: Admitted, policy: Policy, target: Target
) -> None:
    """Let no project come from a stranger's repository that another one's is installed of.

    Raises:
        PolicyError: `origin-changed`.
    """
    unasked = {
        each.entry.project: _unasked(each.routing, policy, target)
        for each in admitted.judged
        if each.entry.project not in admitted.findings
    }
    changed = origin_changes(changes, {**admitted.findings, **unasked}, policy)
    if changed:
        raise origin_changed(changed)


def _unasked(routing: Routing, policy: Policy, target: Target) -> Finding:
    """What is known of a project of which no page was asked."""
    return Finding(
        project=routing.project,
        routing=routing,
        verdict=Verdict(
            project=routing.project,
            ruling=Ruling.LOCKED,
            admitted=(),
            evidence=(),
            explanation="a lock names the file",
        ),
        selection=Selection(routing.project, (), policy=policy, target=target),
    )
