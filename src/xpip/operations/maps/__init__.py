"""What the commands of `xpip map` do: a module for each of them."""
