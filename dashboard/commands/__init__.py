"""What `golden-signals COMMAND` does, a module for each."""
