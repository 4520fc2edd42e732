"""The wall: tiles or cells, what they show, and what takes turns."""
