"""Entry point of ``python -m askchopper``."""

import warnings

# A library warns about this on machines without a login session, such as containers; nothing can be done about it.
warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR is not set")

from askchopper.cli import main  # noqa: E402

if __name__ == "__main__":
    main()
