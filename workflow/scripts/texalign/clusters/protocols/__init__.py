"""What Ward's method sees of the images: an entry a file, by name in `registry`."""
