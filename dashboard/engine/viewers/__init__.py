"""What viewers ask beyond the snapshot: fetched once for all who look at it, in one queue."""
