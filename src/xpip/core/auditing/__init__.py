"""What could go wrong with names that are fine today; asks nobody, and changes nothing.

switching      which projects could come from elsewhere without a word, and what settles it
private_names  the names that a mapping file keeps to some of its repositories
near_misses    names that are easily taken for others
public_names   those names, held against all that a public repository has
comparing      what repositories and mirrors say differently of one project
grading        what a repository's pages lack, and which demands that leaves unmet
"""
