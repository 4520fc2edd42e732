"""Hours of the past: learned, stored, restored after a restart, and requested if they are missing."""
