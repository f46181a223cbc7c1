"""From text to types: definition files, and every problem in them."""
