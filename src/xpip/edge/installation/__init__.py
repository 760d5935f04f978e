"""Wheels into an environment and distributions out of it, all or nothing.

    writing    wheels → the environment
    staging    what each holds, at the place where it will be, beside the environment
    linking    files of a shared tree into a directory: linked, cloned or copied
    scripts    those that name the environment's interpreter
    recording  RECORD as it is written
    unpacking  a wheel on disk → a tree of its files
    helping    the same by other processes, where there is much to unpack
    helper_processes  how those are begun and ended
    members    a zip file → the members that a wheel may have
    contents   a member → what it holds, if that is what zip file and RECORD promise
    inflating  what inflates that: igzip, or zlib
    wheels     a wheel on disk → one that may be installed, every member verified as it is read
    startup    what of it an interpreter runs whenever it starts
    owning     which files are which distribution's
    verifying  those files against RECORD
    changes    files out and in
    journal    what was done so far, so that everything can be put back
    own_files  what xpip keeps for itself there
    holding    the lock; what killed runs left is undone first

`unpacking` and `wheels` load `installer`: import them when there is a wheel to unpack.
"""
