"""What other tools have been told about indexes: their files and variables → readings.

    places        files as they are found, with line numbers
    addresses     their URLs → what a mapping file may have, without credentials
    pip           pip's configuration and PIP_*; its requirements files' options
    requirements  option lines of requirements files
    uv, poetry, pdm, pipenv

Each reader knows one tool's documented settings and lists what no mapping file says. None of
them decides what is done about it, and none ever shows a credential.
"""
