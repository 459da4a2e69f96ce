"""Entry point of ``python -m askchopper``."""

import warnings

# Said by a library on machines without a login session, such as containers; there is nothing to do about it.
warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR is not set")

from askchopper.cli import main  # noqa: E402

if __name__ == "__main__":
    main()
