"""What each command does, stage by stage: a story to a page.

    surroundings  the process around a command
    stopwatch     where its time goes
    remembering   what earlier runs worked out
    asked         what is asked for, and the files that it names
    requesting, wanted, constraining  the requirements in them, what is resolved for these,
                  and limits to it
    configuring   options, variables and files → settings
    asking        the world, as far as repositories go
    resolving     from what is asked for to a resolution that stands
    changing      the environment that a command changes
    building      sources and places → wheels
    installation  what installations are told, and what they tell
    unpacking     wheels, unpacked once
    putting_in    what is fetched and built, into the environment
    standing      `xpip install`, where nothing may have to be done
    installing    the same, where something has to
    locked        a lock file → what may be installed of it
    installing_locked  `xpip install --lock`, `xpip sync`
    locked_changes, locked_pages, locked_continuity, locked_files  what it changes; where pages have
                  to be asked, origins compared, or files put in
    locking       `xpip lock`
    downloading   `xpip download`, `xpip wheel`
    explaining    `xpip explain`
    explaining_locked  `xpip explain --lock`
    auditing      `xpip audit`
    caching       `xpip cache`
    uninstalling  `xpip uninstall`
    inspecting    `xpip list`, `xpip freeze`, `xpip inspect`
    comparing     `xpip list --outdated`
    checking_environment  `xpip check`
    maps          the commands of `xpip map`

The only place where floors meet: the edge's parts are made here and handed to one another, the
core is run over them, and what may not go on is raised. Prints nothing.
"""
