"""Speed, side by side with uv and pip: `make bench`, or `python -m tests.benchmarks --help`.

`recording` keeps real pages and wheels of the workloads, `server` serves them from disk, `tools`
knows how each installer is called, `running` times them in turn, `scaling` asks how time grows on
made-up pages, and `report` shows it all. Only ratios within one run mean anything.

Recordings and results lie in XPIP_BENCH_DIR (`~/.cache/xpip-bench`); installing there is timed too,
so it says more about the tools on a quiet disk, or in memory. `markdown` prints the last table.
"""
