"""Entry point of ``python -m askchopper``."""

from askchopper.cli import main

if __name__ == "__main__":
    main()
