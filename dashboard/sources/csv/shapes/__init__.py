"""What a row may be: one request, one interval of a service, one number."""
