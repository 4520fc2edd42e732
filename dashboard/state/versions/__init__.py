"""One module for each version of the schema: what it adds, as it was when it was written."""
