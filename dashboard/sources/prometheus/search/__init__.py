"""What a server has: its series, the presets that fit them, and what tells failures."""
