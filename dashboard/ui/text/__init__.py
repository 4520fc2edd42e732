"""Words on screen and on the command line, rendered from values; no decision depends on them."""
