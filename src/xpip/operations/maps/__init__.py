"""What the commands of `xpip map` do: a module for each of them.

`proposing` is shared by those that make a whole file.
"""
