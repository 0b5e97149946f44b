"""`python -m tollbridge.cli`: the command."""

from tollbridge.cli.main import main

if __name__ == "__main__":
    main()
