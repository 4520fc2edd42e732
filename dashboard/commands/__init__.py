"""One module per command: what `golden-signals COMMAND` does."""
