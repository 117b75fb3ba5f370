"""`python -m huggg` is `huggg`."""

from huggg.cli import main

if __name__ == "__main__":
    main()
