"""The pure middle: values and arithmetic; no clock, file, network, thread or logging."""
