"""The NIfTI border: the only place that knows nibabel."""
