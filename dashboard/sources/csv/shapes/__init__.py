"""The shapes of CSV files: a row is a request, an interval of a service, or a number."""
