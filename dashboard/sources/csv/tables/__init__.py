"""Tables that grow where rows are, and stay bounded."""
