"""Hours of the past: learned, kept, read again after a restart, and asked for where they are missing."""
