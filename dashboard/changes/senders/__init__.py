"""One module for each kind of sender: parses its messages into changes, and gives the answer it expects."""
