"""What the gate answers by a snapshot, once or while it watches."""
