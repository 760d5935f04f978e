"""What the command line said, before anything is made of it."""

from __future__ import annotations

from msgspec import Struct


class Options(Struct, frozen=True, kw_only=True):
    """What the command line said; None and empty mean that it said nothing."""

    index_url: str | None = None
    extra_index_urls: tuple[str, ...] = ()
    find_links: tuple[str, ...] = ()
    no_index: bool = False
    trusted_hosts: tuple[str, ...] = ()
    unsafe_merge: tuple[str, ...] = ()
    prereleases: bool = False
    prefer_binary: bool = False
    require_hashes: bool = False
    only_binary: tuple[str, ...] = ()
    no_binary: tuple[str, ...] = ()
    map_file: str | None = None
    no_map: bool = False
    require_rule: bool = False
    index_order: str = "version"
    local_first: bool = False
    ignore_unreached: bool = False
    uploaded_prior_to: str | None = None
    allow_no_upload_time: bool = False
    allow_origin_change: tuple[str, ...] = ()
    unsafe_skip_unavailable: tuple[str, ...] = ()
    race_mirrors: bool = False
    retries: int = 3
    timeout: float = 30.0
    proxy: str | None = None
    cert: str | None = None
    client_cert: str | None = None
    cache_dir: str | None = None
    no_cache: bool = False
    offline: bool = False
    refresh: bool = False
    refresh_packages: tuple[str, ...] = ()
