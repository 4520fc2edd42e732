"""Pure: hourly peaks of resources → headroom, time to full, load at full, what planned events do, what is held idle."""
