"""The gate over HTTP: for programs that read the answer, and for those that look at its status."""
