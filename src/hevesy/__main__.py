"""The command line without its script: python -m hevesy."""

from hevesy.cli import main

if __name__ == "__main__":
    main()
