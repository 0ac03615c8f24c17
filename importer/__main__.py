"""``python -m importer`` and the console script."""

import sys

from importer.cli.loading import loading

try:
    with loading():
        from importer.cli.app import main
except KeyboardInterrupt:  # Ctrl-C while the program loads: nothing was begun, and nobody is there yet to say so
    sys.exit(4)

__all__ = ["main"]

if __name__ == "__main__":
    sys.exit(main())
