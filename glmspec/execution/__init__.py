"""Plan -> Results."""
