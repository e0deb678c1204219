"""What people say of images beyond one label each, and how well representations agree with it."""
