"""Lock files (PEP 751): what a `pylock.toml` says, and how one is made.

document   bytes → a table whose shape can be worked with, in bounded time
reading    the table → a lock in which nothing is unclear
"""
