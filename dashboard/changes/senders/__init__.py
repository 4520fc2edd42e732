"""One module for each kind of sender: what it sends → changes, and the answer it expects."""
