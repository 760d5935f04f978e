"""What is said about decisions: errors, notices, reports and records.

    refusals      an attempt that may not be used → all of its errors
    collision     names that several unlinked repositories hold
    alternatives  what settles each of them, as a command and as a map
    unresolved    an impasse and the files passed over
    notices       what a run that goes on should still say
    installation  pip's installation report, with origins
    records       what lies beside an installed distribution
    distributions where an installed distribution came from
    explanation   a decision, from its rule to what a stranger could change
    explanation_locked, explanation_data, explanation_table, page  what a lock decides; the same as
                  data, as a table, and for a browser
    replayed      what would follow if a repository said something else
    remedies      how to change where a name comes from
    inspection    all of it, in the shape of pip's `inspect`
    audits, switches, sarif  what an audit found

Nothing is decided here: values of the stages before are put into words and files.
"""
