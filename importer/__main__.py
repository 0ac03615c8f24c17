"""``python -m importer`` and the console script."""

import sys

from importer.cli.loading import loading

with loading():
    from importer.cli.app import main

__all__ = ["main"]

if __name__ == "__main__":
    sys.exit(main())
