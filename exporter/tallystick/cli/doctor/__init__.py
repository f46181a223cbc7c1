"""``tallystick doctor``: the exporter and its surroundings, one file for each that is looked at."""
