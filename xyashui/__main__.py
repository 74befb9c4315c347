"""`python -m xyashui` is `xyashui`."""

from xyashui.cli import main

if __name__ == "__main__":
    main()
