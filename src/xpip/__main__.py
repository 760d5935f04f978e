"""`python -m xpip`."""

from xpip.cli import main

if __name__ == "__main__":
    main()
