"""Speed, side by side with uv and pip: `make bench`, or `python -m tests.benchmarks --help`.

`recording` keeps real pages and wheels of the workloads, `server` serves them from disk, `tools`
knows how each installer is called, `plan` says which `measures` are taken, `running` takes them in
turn, `comparing` asks whether the tools choose the same versions, `scaling` how time grows on
made-up pages, and `report` shows it all beside the `goals`.

Everyone has the same index, interpreter and kind of environment, a cache of its own beside it on
one disk, links from there as it does by default, wheels only, and no settings. Peak memory is that
of the largest process. Only ratios within one run mean anything.

Recordings and results lie in XPIP_BENCH_DIR (`~/.cache/xpip-bench`); installing there is timed too,
so it says more about the tools on a quiet disk, or in memory.
"""
