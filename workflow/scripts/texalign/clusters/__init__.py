"""Ward clusters of images, from distances that a protocol chooses."""
