"""The servers that ours is measured beside; each publishes one frame per byte on its input."""
