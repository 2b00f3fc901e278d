"""Documents held against each other, against what was registered, and against what was run."""
