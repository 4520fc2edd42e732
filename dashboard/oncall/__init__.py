"""For who is on call: what the additional bad events of a service have in common, and what may have caused them."""
