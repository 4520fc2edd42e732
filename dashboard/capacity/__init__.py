"""Pure: hourly peaks of resources → headroom, time to full, load at full, effects of events, unused capacity."""
