"""Lock files (PEP 751): what a `pylock.toml` says, and how one is made.

Reading:

    document   bytes → a table whose shape can be worked with, in bounded time
    addresses  where files of a lock may lie
    reading    the table → a lock in which nothing is unclear
    selecting  a lock and a target → the entries to install
    selected   the values of that
    stored, stored_entries  what is remembered of both
    identities  who attested what is locked
    judging    an entry and today's policy → a file that may be fetched, or why not

Writing:

    uses        which extras and groups lead to each project
    entries     one project of a resolution → a package of the lock
    conditions  machines and uses → markers
    merging     the resolutions of several machines → one lock
    rendering   a lock → bytes, the same for equal locks
    comparing   what a lock changes of another one
    continued   what is remembered of a lock for the next one
    continuing  what a lock that is there says to the next one
"""
