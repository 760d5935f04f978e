"""`xpip audit`: what could go wrong with names that are fine today.

switching     what if a repository said something else tomorrow
names         private names, held against all that a public repository has
repositories  what repositories and mirrors say differently, and what their pages lack
"""
