"""`python -m workings`."""

import sys

from workings.command_line import main

sys.exit(main())
