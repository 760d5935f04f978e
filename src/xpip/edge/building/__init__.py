"""Sources → wheels: archives unpacked, metadata read where nothing need run, backends called.

archives    tar archives, opened so that a small one cannot fill the memory
unpacking   an archive → a directory of its own, and nothing outside it
metadata    what sources say of themselves without a build, where that may be trusted
processes   one process of a build: what it may see, where its output goes, how it ends
isolation   an environment for one build, made and removed; the caller fills it
pyproject   a source tree → which backend builds it, and what that one needs
backend     the backend's hooks → requirements, metadata, wheels, all held to what was asked
"""
