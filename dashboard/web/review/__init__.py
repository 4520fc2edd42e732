"""Reviews over HTTP and as files."""
