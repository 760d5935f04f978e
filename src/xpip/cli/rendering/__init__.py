"""Results and errors → text and JSON. Data goes to stdout, talk to stderr.

    talk       lines fit to print, whoever wrote them
    errors     what ended a run
    installed  what an installation did
    downloaded  what was put into a directory
    locked     what a lock changes
    removed    what an uninstallation did
    environments, inspected  what is installed, in short and in full
    defects    what is wrong with it
    lints      what was found in a mapping file
    routes     where names are routed
    proposals, additions  mapping files that were made, and what was added to one
    explained, explained_page  decisions
    audited    what an audit found
    kept       what is kept between runs

Colour carries no meaning alone.
"""
