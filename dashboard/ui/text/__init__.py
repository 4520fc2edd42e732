"""Words on screen and on the command line, rendered from values; nothing decides by them."""
