"""Mapping files that xpip proposes, as values, before anybody has agreed to them.

    readings  what another tool's settings say, in words of xpip's own
    drafting  readings → a draft
    observed  where projects came from → a draft
    drafts    repositories, rules, and what could not be said; as TOML with comments
    naming    names that repositories may have in a mapping file
    starter   a first file to learn from

A draft says where each line of it came from. What it cannot say it lists: nothing is left out
in silence, and what is unclear is written closed. No module here reads or writes a file.
"""
