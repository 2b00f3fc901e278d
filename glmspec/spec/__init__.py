"""What the user wrote: YAML text, its positions, and the typed document. Never imports numpy."""
