"""From images to one map a contrast: a function for each level."""
