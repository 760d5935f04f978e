"""What is kept between runs, each kind in a room of its own (semantics 7.7).

    opened        all of it, for a run
    places        how it is written and read, and where it may be
    turns         who may use it when
    afterwards    written while the run goes on
    pages         answers of repositories
    page_entries  each of them as bytes, of which little has to be read
    metadata      of files
    files         as they were fetched
    unpacked      wheels, ready to be linked to
    built         wheels built here
    derived       what interpreters say of themselves, locks as they were read, what was selected
    upkeep        all of it counted, verified, tidied up

Everything is keyed by the repository it came from, and judged by today's policy before it is used.
A damaged entry is a miss, never an error; no entry is more than data.
"""
