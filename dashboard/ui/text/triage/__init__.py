"""What needs somebody in words, and the handover."""
