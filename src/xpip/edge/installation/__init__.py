"""Wheels into an environment and distributions out of it, all or nothing.

    writing   wheels → staged trees → the environment
    wheels    a wheel on disk → one that may be installed, every member verified as it is read
    owning    which files are which distribution's
    verifying those files against RECORD
    changes   files out and in, with the journal that puts everything back; the lock

`writing` loads `installer`: import it when there is work.
"""
