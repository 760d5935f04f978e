"""What an enforced rule says against a direct reference (semantics 6.4).

Knows what was asked for and what the rules are; not what lies there.
"""

from __future__ import annotations

from xpip.core.direct_requests import DirectRequest
from xpip.core.enforcement import chain_of
from xpip.core.names import NormalizedName
from xpip.core.policy import MappingRule, RepositoryMap


def direct_objection(
    project: NormalizedName,
    request: DirectRequest,
    mapping: RepositoryMap | None,
    *,
    has_hash: bool,
) -> str | None:
    """Why an enforced rule lets nobody take a project from a place of its own, or None.

    What a rule demands of pages, such as an age, cannot be asked of a place that has none; what it
    demands of files holds there as well.

    Args:
        has_hash: whether a hash says what must come from there.
    """
    for layer in mapping.enforced if mapping else ():
        for rule, _ in chain_of(project, layer.rules)[:1]:
            objection = _objection(rule, request, has_hash=has_hash)
            if objection is not None:
                return f"{rule.declared_at} {rule.key_path} is enforced and {objection}"
    return None


def _objection(rule: MappingRule, request: DirectRequest, *, has_hash: bool) -> str | None:
    if not rule.direct_allowed:
        return "does not allow it"
    if rule.identity is not None:
        # Attestations come with a page (PEP 740).
        return "demands who published it, which only a repository's page can show"
    if rule.sdists_denied and not request.is_wheel:
        return "takes wheels only"
    if rule.hashes_required and not has_hash:
        return "requires a hash: write it behind the URL, #sha256=…"
    return None
