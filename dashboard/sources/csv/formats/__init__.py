"""Files of tools that many people use: each is a small module beside this one, and a row in `catalog`."""
