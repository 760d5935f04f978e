"""What other tools have been told about indexes: their files and variables → readings.

    places        files as they are found, with line numbers
    addresses     their URLs → what a mapping file may have, without credentials
    pip           pip's configuration and PIP_*; its requirements files' options
    requirements  option lines of requirements files
    uv, uv_file   uv's variables and what follows, and its files
    poetry, pdm, pipenv
    finding       which of these are there

Each reader (those above, with `ages` and `transport_security`) knows documented settings and lists
what no mapping file says. None decides what is done about it, none ever shows a credential.
"""
