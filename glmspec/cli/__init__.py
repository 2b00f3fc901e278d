"""Parses arguments and prints; nothing else."""
