"""What viewers request beyond the snapshot: fetched once for all of them, in one queue."""
