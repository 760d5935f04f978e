"""Bytes of pip's requirements files → what they ask for; nothing in them is passed over.

    text       bytes to lines
    arguments  a line to words
    lines      words to values
    locations  what one file calls another
    values     the options of a file
    reading    a file and all that it names

The format is pip's; where pip ignores a word, this module refuses the line. Decides what the
files say, not whether policy allows it. Files are read by a callable: no disk, no network here.
"""

from __future__ import annotations

from xpip.core.requirements_file.reading import ReadFile, read_requirements
from xpip.core.requirements_file.values import (
    FeatureOption,
    FileRead,
    NamesOption,
    NamesOptionName,
    Option,
    RepositoryOption,
    RepositoryOptionName,
    RequirementsFile,
    Switch,
    SwitchName,
)

__all__ = [
    "FeatureOption",
    "FileRead",
    "NamesOption",
    "NamesOptionName",
    "Option",
    "ReadFile",
    "RepositoryOption",
    "RepositoryOptionName",
    "RequirementsFile",
    "Switch",
    "SwitchName",
    "read_requirements",
]
