"""Results and errors → text and JSON. Data goes to stdout, talk to stderr.

    talk       lines fit to print, whoever wrote them
    errors     what ended a run
    installed  what an installation did

Colour carries no meaning alone.
"""
