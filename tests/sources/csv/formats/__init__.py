"""Files of tools that many people use."""
