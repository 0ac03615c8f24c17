"""``python -m importer`` and the console script."""

import sys

from importer.cli import main

__all__ = ["main"]

if __name__ == "__main__":
    sys.exit(main())
