"""Let ``python -m tutorial`` do what ``tutorial`` does."""

import sys

from tutorial.cli import main

if __name__ == "__main__":
    sys.exit(main())
