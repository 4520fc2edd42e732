"""For the person on call: what the additional bad events of a service have in common, and their possible causes."""
