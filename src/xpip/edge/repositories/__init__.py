"""The repositories: asked for pages and metadata, and files fetched from them.

    client          the port `Repositories`: many questions in flight
    remote          what each answer of a server means
    fetching        candidate → verified local file
    local           directories and `file:` trees
    transport       HTTP; the only importer of httpx
    wheel_metadata  METADATA without the whole wheel
"""
