"""The results that another objective, latency threshold, window or alert policy would have had: values only."""
