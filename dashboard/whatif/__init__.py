"""What another objective, latency threshold, window or alert policy would have meant on the past: values only."""
