"""The shape of a mapping file as a JSON Schema (draft 2020-12), for editors.

Says what may stand where, never what it refers to: whether a rule's repositories exist, and
whether a name can reach it, only the parser knows. What it refuses, the parser refuses too; tests
hold the two together, key by key.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from xpip.core.facts import ProjectStatus
from xpip.core.policy import ABSENT_STATUS, Auth, IndexOrder, Merge, PageFormat

_Schema = dict[str, Any]


def mapping_schema() -> _Schema:
    """The schema, as a document of its own."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:xpip:mapping-file:1",
        "title": "Mapping file of xpip",
        "description": "Says where every project name may come from. More: xpip help mapping-file",
        **_table(_TOP),
        "$defs": {
            "urls": {**_URLS, "description": _URLS_TEXT},
            "repository": {
                "description": "A repository of which more is to be said than its URLs.",
                **_table(_REPOSITORY, required=["urls"]),
                **_FORBIDDEN_IS_NOT_ABSENT,
            },
            "rule": {
                "description": "The first rule that matches a name decides.",
                **_table(_RULE, required=["repositories"]),
                "allOf": [_HAS_A_PATTERN, _DECLARES_WITH_A_REASON, _NEXT_ONLY_WHERE_PASSED_ON],
            },
        },
    }


# Words


def _table(keys: _Schema, required: Iterable[str] = ()) -> _Schema:
    """A table with these keys and no other."""
    needed = {"required": list(required)} if required else {}
    return {"type": "object", "properties": keys, **needed, "additionalProperties": False}


def _strings(description: str, **more: Any) -> _Schema:
    return {"type": "array", "items": {"type": "string"}, "description": description, **more}


def _patterns(description: str, pattern: str) -> _Schema:
    return _strings(description, items={"type": "string", "pattern": pattern})


def _words(words: Iterable[str], default: str, description: str) -> _Schema:
    return {"enum": [str(word) for word in words], "default": default, "description": description}


def _flag(description: str, *, default: bool = False) -> _Schema:
    return {"type": "boolean", "default": default, "description": description}


def _text(description: str, **more: Any) -> _Schema:
    return {"type": "string", "description": description, **more}


# Repositories

_URLS_TEXT = "URLs or directories, mirrors of one another; the first is canonical."
_URLS = {"type": "array", "items": {"type": "string", "minLength": 1}, "minItems": 1}

_REPOSITORY: _Schema = {
    "urls": {"$ref": "#/$defs/urls"},
    "auth": _words(Auth, "optional", "Whether it is asked with credentials."),
    "file-hosts": _strings(
        "[scheme://]host[:port][/path]: where its files may lie, beyond its own addresses.",
        default=[],
    ),
    "absent-status": {
        "type": "array",
        "items": {
            "type": "integer",
            "minimum": 400,
            "maximum": 499,
            "not": {"enum": [401, 407, 408, 429]},
        },
        "minItems": 1,
        "default": sorted(ABSENT_STATUS),
        "description": "HTTP statuses by which it says that it lacks a project.",
    },
    "format": _words(PageFormat, "auto", "The only form in which its pages are taken."),
    "trust-tracks": _flag("Believe its `tracks` (PEP 708).", default=True),
    "local": _words(
        ["merge", "exclusive"],
        "merge",
        "exclusive: names found in this directory are asked for nowhere else.",
    ),
    "insecure": _flag("Allow plain http."),
    "enforced": _flag("Later files may not give this name another canonical URL."),
}

_FORBIDDEN_IS_NOT_ABSENT: _Schema = {
    "if": {"properties": {"auth": {"const": "required"}}, "required": ["auth"]},
    "then": {"properties": {"absent-status": {"not": {"contains": {"const": 403}}}}},
}

# Rules

_RULE: _Schema = {
    "paths": _patterns(
        "Project names, with `*` and `?`.", r"^[A-Za-z0-9*?]([A-Za-z0-9._*?-]*[A-Za-z0-9*?])?$"
    ),
    "namespace": _patterns(
        "`acme` is acme and acme-*, not acmefoo.", r"^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$"
    ),
    "repositories": _strings(
        "Who may speak for these names; [] lets nobody.",
        uniqueItems=True,
    ),
    "terminating": _flag(
        "false: where all of them lack the name, the next matching rule decides.", default=True
    ),
    "merge": _words(
        Merge,
        "linked",
        "Several repositories: declared, they are one namespace; linked, they are judged as "
        "without a mapping file. A name spelled out is declared, unless the rule says linked.",
    ),
    "order": _words(
        IndexOrder, "version", "index: the first repository that has the name is the only one."
    ),
    "on-unusable": _words(
        ["stop", "next"],
        "stop",
        "next: also pass the name on when no file of it can be used (needs terminating = false).",
    ),
    "threshold": {
        "type": "integer",
        "minimum": 1,
        "default": 1,
        "description": "So many of the repositories must list a file with one and the same hash.",
    },
    "cooldown": _text(
        "Pass over files uploaded since: an age, such as 7d, or a date.",
        examples=["7d", "2026-01-31"],
    ),
    "no-upload-time": _words(
        ["error", "allow"], "error", "allow: take files whose upload time is unknown."
    ),
    "hashes": _words(
        ["optional", "required"], "optional", "required: pass over files without a hash."
    ),
    "sdist": _words(["allow", "deny"], "allow", "deny: wheels only."),
    "status": {
        "type": "array",
        "items": {
            "enum": [word.value for word in ProjectStatus if word is not ProjectStatus.QUARANTINED]
        },
        "minItems": 1,
        "description": "The statuses (PEP 792) that a project may have; default all of these.",
    },
    "direct": _words(
        ["deny", "allow"], "deny", "allow: follow direct references (URLs) to these names."
    ),
    "identity": {
        "type": "object",
        "additionalProperties": {"type": "string", "minLength": 1},
        "required": ["kind"],
        "description": "The publisher that must have attested every file (PEP 740).",
        "examples": [{"kind": "GitHub", "repository": "acme/lib", "workflow": "release.yml"}],
    },
    "reason": _text("Shown where the rule refuses; says why a rule is looser than it might be."),
    "until": _text(
        "The last day, or the moment, of what this rule loosens; after it, xpip stops.",
        examples=["2027-01-31"],
    ),
    "enforced": _flag("Comes before other files' rules, and holds whatever options say."),
}


def _not_empty(key: str) -> _Schema:
    return {"properties": {key: {"minItems": 1}}, "required": [key]}


_HAS_A_PATTERN: _Schema = {"anyOf": [_not_empty("paths"), _not_empty("namespace")]}
_NAMES_A_GLOB: _Schema = {
    "properties": {"paths": {"contains": {"pattern": "[*?]"}}},
    "required": ["paths"],
}
_DECLARES_WITH_A_REASON: _Schema = {
    "if": {
        "properties": {"merge": {"const": "declared"}},
        "required": ["merge"],
        "anyOf": [_NAMES_A_GLOB, _not_empty("namespace")],
    },
    "then": {"properties": {"reason": {"minLength": 1}}, "required": ["reason"]},
}
_NEXT_ONLY_WHERE_PASSED_ON: _Schema = {
    "if": {"properties": {"on-unusable": {"const": "next"}}, "required": ["on-unusable"]},
    "then": {"properties": {"terminating": {"const": False}}, "required": ["terminating"]},
}

# The file

_TOP: _Schema = {
    "schema": {"type": "integer", "const": 1, "default": 1, "description": "Of this format."},
    "extends": {
        "type": "array",
        "items": {
            "anyOf": [
                {"type": "string", "minLength": 1, "not": {"pattern": "://"}},
                _table(
                    {
                        "url": _text("Where it is fetched from.", pattern="^https://"),
                        "sha256": _text("Of its bytes.", pattern="^[0-9A-Fa-f]{64}$"),
                    },
                    required=["url", "sha256"],
                ),
            ]
        },
        "description": "Other mapping files, whose rules come after these: paths or URLs.",
    },
    "enforced": _flag("Every rule of this file is enforced."),
    "repositories": {
        "type": "object",
        "propertyNames": {"pattern": "^(?![Mm][Aa][Pp]([_-]|$))[A-Za-z0-9][A-Za-z0-9_-]*$"},
        "additionalProperties": {
            "anyOf": [{"$ref": "#/$defs/urls"}, {"$ref": "#/$defs/repository"}]
        },
        "description": "Names of repositories, each with its URLs.",
    },
    "mapping": {
        "type": "array",
        "items": {"$ref": "#/$defs/rule"},
        "description": "Rules, tried in file order.",
    },
}
