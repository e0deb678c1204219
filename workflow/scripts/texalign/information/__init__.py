"""What clusters and distances tell about the classes, and how certain that is."""
