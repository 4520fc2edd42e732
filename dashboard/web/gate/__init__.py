"""The gate over HTTP: for programs that read the answer, and for those that only check its status."""
