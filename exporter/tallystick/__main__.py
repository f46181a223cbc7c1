"""``python -m tallystick`` is the command ``tallystick``."""

from tallystick.cli.main import main

main()
