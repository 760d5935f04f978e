"""The repositories: asked for pages and metadata, and files fetched from them.

    client          the port `Repositories`: many questions in flight
    remote          servers asked for pages, unless an earlier answer counts
    page_answers    what each answer means
    kept_pages      when one of an earlier run counts
    project_lists   the names that a repository has
    remote_metadata METADATA of files that lie there
    failover        the same file at another mirror
    remembered      each page asked for once, by whichever thread
    fetching        candidate → verified local file, from wherever it may be had
    downloads       from a server, under its name only when it is verified
    partial_file    what continues one that broke off
    fetched_file    what shows that it is verified
    file_rules      where requests for files may go, and log in
    local           directories and `file:` trees
    transport       HTTP: requests, retries, redirects, logins
    connections     to servers: opened, kept, used again
    patience        how long an answer is waited for
    sockets         read with that patience
    proxies         which one is asked in the place of a server
    trust           whose certificates are believed
    responses       what comes back; every read is bounded
    wheel_metadata  METADATA without the whole wheel
    provenance      who says that they published a file

None of them decides which repository may be asked for which name.
"""
