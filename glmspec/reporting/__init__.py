"""Results -> one HTML file. Reads results and never computes a statistic."""
